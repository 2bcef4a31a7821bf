import type { Words } from './words.js'

export const es: Words = {
  language: 'es',
  hello: (name) => `Hola, ${name}:`,
  sender: (server) =>
    `Este mensaje lo ha enviado automáticamente ${server}. Por favor, no respondas a él.`,
  verifyEmail: {
    subject: 'Confirma tu dirección de correo',
    intro: 'Escribe este código para confirmar que esta dirección es tuya:',
    link: 'Confirmar la dirección',
    life: (until) => `El código y el enlace sirven una sola vez, hasta el ${until}.`,
    ignore: 'Si no lo has pedido, no hagas caso de este correo: no pasará nada.',
  },
  passwordReset: {
    subject: 'Restablece tu contraseña',
    intro: 'Alguien ha pedido restablecer la contraseña de tu cuenta. Elige una nueva aquí:',
    link: 'Elegir una contraseña nueva',
    life: (until) => `El enlace sirve una sola vez, hasta el ${until}.`,
    ignore: 'Si no has sido tú, no hagas caso de este correo: tu contraseña sigue igual.',
  },
  newLogIn: {
    subject: 'Nuevo inicio de sesión en tu cuenta',
    intro: 'Alguien ha iniciado sesión en tu cuenta desde un dispositivo desconocido hasta ahora.',
    device: (name) => `Dispositivo: ${name}`,
    time: (time) => `Fecha: ${time}`,
    address: (address) => `Dirección: ${address}`,
    advice:
      'Si has sido tú, no hay nada que hacer. Si no, cambia tu contraseña y quita el dispositivo en los ajustes.',
  },
  addressUsed: {
    subject: 'Se ha usado tu dirección de correo',
    intro: (time) => `El ${time} alguien quiso usar tu dirección de correo para otra cuenta.`,
    advice: 'No puede confirmarla y para ti no ha cambiado nada.',
  },
  newMessage: { subject: 'Tienes mensajes nuevos', intro: 'Te esperan mensajes nuevos:' },
  digest: { subject: 'Lo que te has perdido', intro: 'Esto ha llegado mientras no estabas:' },
  missed: {
    chat: (name, unread) => `${name}: ${unread} sin leer`,
    nameless: 'Chat',
    moreChats: (count) => `Otros chats: ${count}`,
    encryptedChats: (count) => `Chats cifrados de extremo a extremo con mensajes nuevos: ${count}`,
    open: 'Abrir SUP',
    why: 'Recibes este correo porque lo pediste en tus ajustes.',
    stop: 'Dejar de recibir estos correos',
  },
  accountDeletion: {
    subject: 'Tu cuenta se va a eliminar',
    intro: (time) => `Tu cuenta y todo lo que contiene se eliminarán el ${time}.`,
    advice: 'Si quieres conservarla, inicia sesión antes y cancela la eliminación en los ajustes.',
  },
  exportReady: {
    subject: 'Tu exportación está lista',
    intro: 'Ya se puede recoger la copia de tus datos que pediste.',
    link: 'Recoger la exportación',
    life: (until) => `El enlace sirve hasta el ${until}. No lo compartas: no necesita contraseña.`,
  },
}

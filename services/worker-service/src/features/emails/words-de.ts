import type { Words } from './words.js'

export const de: Words = {
  language: 'de',
  hello: (name) => `Hallo ${name},`,
  sender: (server) =>
    `Diese Nachricht wurde automatisch von ${server} verschickt. Bitte nicht darauf antworten.`,
  verifyEmail: {
    subject: 'E-Mail-Adresse bestätigen',
    intro: 'Gib diesen Code ein, um zu bestätigen, dass diese Adresse dir gehört:',
    link: 'Adresse bestätigen',
    life: (until) => `Code und Link gelten einmal, bis ${until}.`,
    ignore: 'Falls du das nicht angefordert hast, ignoriere diese Mail: Es passiert nichts.',
  },
  passwordReset: {
    subject: 'Passwort zurücksetzen',
    intro: 'Jemand möchte das Passwort deines Kontos zurücksetzen. Hier wählst du ein neues:',
    link: 'Neues Passwort wählen',
    life: (until) => `Der Link gilt einmal, bis ${until}.`,
    ignore: 'Falls du das nicht warst, ignoriere diese Mail: Dein Passwort bleibt, wie es ist.',
  },
  newLogIn: {
    subject: 'Neue Anmeldung in deinem Konto',
    intro: 'Jemand hat sich auf einem bisher unbekannten Gerät in deinem Konto angemeldet.',
    device: (name) => `Gerät: ${name}`,
    time: (time) => `Zeit: ${time}`,
    address: (address) => `Adresse: ${address}`,
    advice:
      'Falls du das warst, ist nichts zu tun. Wenn nicht, ändere dein Passwort und entferne das Gerät in den Einstellungen.',
  },
  addressUsed: {
    subject: 'Deine E-Mail-Adresse wurde verwendet',
    intro: (time) =>
      `Am ${time} wollte jemand deine E-Mail-Adresse für ein anderes Konto verwenden.`,
    advice: 'Bestätigen lässt sie sich dort nicht, und für dich hat sich nichts geändert.',
  },
  newMessage: { subject: 'Du hast neue Nachrichten', intro: 'Neue Nachrichten warten auf dich:' },
  digest: { subject: 'Was du verpasst hast', intro: 'Das kam, während du weg warst:' },
  missed: {
    chat: (name, unread) => `${name}: ${unread} ungelesen`,
    nameless: 'Chat',
    moreChats: (count) => `Weitere Chats: ${count}`,
    encryptedChats: (count) => `Ende-zu-Ende-verschlüsselte Chats mit neuen Nachrichten: ${count}`,
    open: 'SUP öffnen',
    why: 'Du bekommst diese Mail, weil du sie in deinen Einstellungen gewünscht hast.',
    stop: 'Diese Mails abbestellen',
  },
  accountDeletion: {
    subject: 'Dein Konto wird gelöscht',
    intro: (time) => `Dein Konto und alles darin wird am ${time} gelöscht.`,
    advice:
      'Wenn du es behalten willst, melde dich vorher an und brich die Löschung in den Einstellungen ab.',
  },
  exportReady: {
    subject: 'Dein Export ist fertig',
    intro: 'Die Kopie deiner Daten, die du angefordert hast, kann jetzt abgeholt werden.',
    link: 'Export abholen',
    life: (until) => `Der Link gilt bis ${until}. Gib ihn nicht weiter: Er braucht kein Passwort.`,
  },
}

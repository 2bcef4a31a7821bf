import type { Words } from './words.js'

export const en: Words = {
  language: 'en',
  hello: (name) => `Hello ${name},`,
  sender: (server) => `This message was sent automatically by ${server}. Please do not answer it.`,
  verifyEmail: {
    subject: 'Confirm your e-mail address',
    intro: 'Enter this code to confirm that this address is yours:',
    link: 'Confirm address',
    life: (until) => `Code and link work once, until ${until}.`,
    ignore: 'If you did not ask for this, ignore this mail: nothing happens.',
  },
  passwordReset: {
    subject: 'Reset your password',
    intro: 'Somebody asked to reset the password of your account. Choose a new one here:',
    link: 'Choose a new password',
    life: (until) => `The link works once, until ${until}.`,
    ignore: 'If that was not you, ignore this mail: your password stays as it is.',
  },
  newLogIn: {
    subject: 'New log-in to your account',
    intro: 'Somebody logged in to your account on a device that it did not know.',
    device: (name) => `Device: ${name}`,
    time: (time) => `Time: ${time}`,
    address: (address) => `Address: ${address}`,
    advice:
      'If that was you, there is nothing to do. If not, change your password and remove the device in the settings.',
  },
  addressUsed: {
    subject: 'Your e-mail address was used',
    intro: (time) => `On ${time} somebody tried to use your e-mail address for another account.`,
    advice: 'They cannot confirm it and nothing has changed for you. There is nothing to do.',
  },
  newMessage: { subject: 'You have new messages', intro: 'New messages are waiting for you:' },
  digest: { subject: 'What you missed', intro: 'This came while you were away:' },
  missed: {
    chat: (name, unread) => `${name}: ${unread} unread`,
    nameless: 'Chat',
    moreChats: (count) => `Further chats: ${count}`,
    encryptedChats: (count) => `End-to-end encrypted chats with new messages: ${count}`,
    open: 'Open SUP',
    why: 'You get this mail because you asked for it in your settings.',
    stop: 'Stop these mails',
  },
  accountDeletion: {
    subject: 'Your account will be deleted',
    intro: (time) => `Your account and everything in it will be deleted on ${time}.`,
    advice: 'To keep it, log in before then and cancel the deletion in the settings.',
  },
  exportReady: {
    subject: 'Your export is ready',
    intro: 'The copy of your data that you asked for can be fetched now.',
    link: 'Fetch the export',
    life: (until) => `The link works until ${until}. Keep it to yourself: it needs no password.`,
  },
}

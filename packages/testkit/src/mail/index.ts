export { startMailServer } from './mail-server.js'
export type { MailServer, ReceivedMail, SmtpStage } from './mail-server.js'
export { parseMail } from './parse-mail.js'
export type { ParsedMail } from './parse-mail.js'

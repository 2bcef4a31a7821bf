export { type Recipient, mailStore } from './mail-store.js'
export { requestDigests } from './request-digests.js'
export { type NewMail, isMailOn, requestMail } from './request-mail.js'
export { tellLogIn } from './tell-log-in.js'

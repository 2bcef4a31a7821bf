export { createAccount } from './create-account.js'
export { type EndedSessions, announceEnded, endSessions } from './end-sessions.js'
export { assertGoodPassword } from './password-rules.js'
export { lockAccount } from './lock-account.js'

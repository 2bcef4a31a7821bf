export type { SessionOf } from './ended-sessions.js'
export { RevocationLoop, type RevocationNeeds } from './revocation-loop.js'
export { polledSessions } from './polled-sessions.js'

import type { Ledger } from './ledger.js'
import type { Crowd } from './protocol.js'
import type { Sockets } from './sockets.js'

/** Numbers go on over several runs on the same connections: a late message is never taken for a new one. */
export type Run = { crowd: Crowd; sockets: Sockets; ledger: Ledger; sentAt: number[] }

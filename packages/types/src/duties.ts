import { z } from 'zod'
import { eventType, jobType } from './contract.js'
import { Ts, Uuid } from './scalars.js'

/** Queue names of the integration guide. */
export const QUEUES = {
  MEDIA_PROCESSING: 'media-processing',
  NOTIFICATIONS: 'notifications',
  CLEANUP: 'cleanup',
  EMAILS: 'emails',
} as const

export const EXCHANGES = { MAIN: 'sup-exchange', DEAD: 'sup-dlx' } as const

/**
 * An outbox row that main-api writes in the transaction of the change. Only types whose consumer exists
 * are written: today the end of sessions, which has the account's dead sessions cleaned up at once.
 */
export const sessionRevoked = eventType(
  'session.revoked',
  z.strictObject({ userId: Uuid, sessionIds: z.array(Uuid).max(1000) }),
  'Outbox: sessions of an account ended',
)
export const outboxEvents = [sessionRevoked] as const

/** Body of a message on `cleanup` (wire-contract 13.2). */
export const CleanupDuty = z.object({
  id: Uuid.optional(),
  type: z.enum(['prune-sessions']),
  occurredAt: Ts,
  userId: Uuid.optional(),
})
export type CleanupDuty = z.output<typeof CleanupDuty>

export const cleanupRun = eventType('cleanup.run', CleanupDuty, 'RabbitMQ: clean up')

/** Deletes sessions and refresh tokens that can no longer be used, and devices that never got keys. */
export const pruneSessions = jobType('prune-sessions', CleanupDuty, {
  summary: 'Delete sessions that are over and devices without keys and session',
  attempts: 3,
  timeoutMs: 60_000,
})
export const jobs = [pruneSessions] as const

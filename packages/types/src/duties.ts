import { z } from 'zod'
import { eventType, jobType } from './contract.js'
import { emailRequested, sessionCreated } from './internal/mail.js'
import { Ts, Uuid } from './scalars.js'

/** Queue names of the integration guide. */
export const QUEUES = {
  MEDIA_PROCESSING: 'media-processing',
  NOTIFICATIONS: 'notifications',
  CLEANUP: 'cleanup',
  EMAILS: 'emails',
} as const

export const EXCHANGES = { MAIN: 'sup-exchange', DEAD: 'sup-dlx' } as const

// ------------------------------------------------------------------------------------------------ outbox rows

// Only types whose consumer exists are written.

export const sessionRevoked = eventType(
  'session.revoked',
  z.strictObject({ userId: Uuid, sessionIds: z.array(Uuid).max(1000) }),
  'Outbox: sessions of an account ended',
)
export const outboxEvents = [sessionRevoked, emailRequested, sessionCreated] as const

// --------------------------------------------------------------------------------------- bodies (contract 13.2)

/** What every body has; one without `id` is known by the hash of its content. */
const common = { id: Uuid.optional(), occurredAt: Ts }

/** Body of a message on `cleanup`. */
export const CleanupDuty = z.object({
  ...common,
  type: z.enum(['prune-sessions', 'digest']),
  userId: Uuid.optional(),
})
export type CleanupDuty = z.output<typeof CleanupDuty>

export const cleanupRun = eventType('cleanup.run', CleanupDuty, 'RabbitMQ: clean up')

// ------------------------------------------------------------------------------------------------------- jobs

/** Deletes sessions and refresh tokens that can no longer be used, and devices that never got keys. */
export const pruneSessions = jobType('prune-sessions', CleanupDuty, {
  summary: 'Delete sessions that are over and devices without keys and session',
  attempts: 3,
  timeoutMs: 60_000,
})

/** Writes the mails of the day for those who want to know what they missed. */
export const runDigests = jobType('digest', CleanupDuty, {
  summary: 'Request the daily and weekly digests that are due',
  attempts: 3,
  timeoutMs: 60_000,
})
export const jobs = [pruneSessions, runDigests] as const

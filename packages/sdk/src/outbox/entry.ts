import { SendMessage } from '@sup/types'
import { z } from 'zod'

/** A send as it goes out, and goes out again: the same values each time. */
export const SendBody = SendMessage.omit({ sendAt: true }).required({ clientMessageId: true })
export type SendBody = z.output<typeof SendBody>

/** What the server said when it had stored the message. */
export const Stored = z.object({ id: z.string(), seq: z.int(), createdAt: z.string() })
export type Stored = z.output<typeof Stored>

/**
 * `queued` waits for its turn or for the server, `sending` is under way, `sent` is stored on the
 * server, `delivered` and `read` count all other members, `failed` will not be tried again by itself.
 */
export type OutboxState = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

export const OutboxRecord = z.object({
  /** UUIDv7 of the moment of queueing: the order of sending. */
  order: z.string(),
  /** Milliseconds since 1970, by the own clock. */
  createdAt: z.number(),
  body: SendBody,
  stored: Stored.optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type OutboxRecord = z.output<typeof OutboxRecord>

/** One own message on its way. */
export type OutboxEntry = OutboxRecord & { state: OutboxState }

export function entryOf(record: OutboxRecord): OutboxEntry {
  return { ...record, state: record.stored ? 'sent' : record.error ? 'failed' : 'queued' }
}

export const recordOf = ({ state: _, ...record }: OutboxEntry): OutboxRecord => record

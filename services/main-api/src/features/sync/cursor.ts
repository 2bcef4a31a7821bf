import { AppError } from '@sup/service-kit/http'
import { Uuid, validationError } from '@sup/types'
import { z } from 'zod'

const Xid = z.string().regex(/^\d{1,20}$/)

/**
 * Where a client is: the epoch of the database, the transaction horizon below which it knows everything,
 * and, inside a round, where the next page begins.
 */
const Cursor = z.strictObject({
  e: Uuid,
  /** Horizon of what the client knows; absent while it takes its first round. */
  h: Xid.optional(),
  /** Horizon to continue from after this round. */
  n: Xid.optional(),
  /** The part of the round that comes next, and where in it. */
  p: z.enum(['account', 'chats', 'receipts']).optional(),
  k: z.string().max(200).optional(),
})
export type Cursor = z.output<typeof Cursor>

/** Opaque to clients. */
export const encodeCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url')

/** @throws VALIDATION_ERROR with path `cursor` */
export function decodeCursor(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    throw new AppError(validationError, [{ path: 'cursor', message: 'is not a cursor of sync' }])
  }
}

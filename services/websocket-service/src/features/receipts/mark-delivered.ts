import { AppError } from '@sup/service-kit/http'
import { type Payload, type deliveredEvent, notFound } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'
import type { NoAnswer } from '../../router.js'

/**
 * Notes that this device has stored everything up to these positions. Chats the caller is not in are passed
 * over, since a client may not yet know that it was removed.
 *
 * @throws AppError `NOT_FOUND` when the caller is in none of the chats.
 */
export async function markDelivered(
  { receipts, clock }: Needs<'receipts' | 'clock'>,
  { userId, deviceId }: Connection,
  payload: Payload<typeof deliveredEvent>,
): Promise<NoAnswer> {
  const marks = 'items' in payload ? payload.items : [payload]
  const at = clock.now().toISOString()
  const results = await Promise.all(
    marks.map(({ chatId, seq }) =>
      receipts.move({ userId, deviceId, chatId, deliveredSeq: seq, at }),
    ),
  )
  if (results.every((result) => result === undefined)) throw new AppError(notFound)
  return {}
}

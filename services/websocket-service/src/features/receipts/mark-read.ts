import { AppError } from '@sup/service-kit/http'
import { type Ack, type Payload, type UUID, getMessage, notFound, type readEvent } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'

/**
 * Moves the caller's read mark to a position, or to a message; it only grows.
 *
 * @throws AppError `NOT_FOUND` for a chat the caller is not in, or a message they cannot see.
 */
export async function markRead(
  needs: Needs<'receipts' | 'recent' | 'mainApi' | 'clock'>,
  connection: Connection,
  payload: Payload<typeof readEvent>,
): Promise<Omit<Ack<typeof readEvent>, 'ok'>> {
  const { userId, deviceId } = connection
  const { chatId, seq } =
    'messageId' in payload ? await findPlace(needs, connection, payload.messageId) : payload
  const at = needs.clock.now().toISOString()
  const result = await needs.receipts.move({ userId, deviceId, chatId, readSeq: seq, at })
  if (!result) throw new AppError(notFound)
  return { chatId, lastReadSeq: result.lastReadSeq, unreadCount: result.unreadCount ?? 0 }
}

/** A message that was shown to this node's plain clients lately need not be asked for. */
async function findPlace(
  { recent, mainApi }: Needs<'recent' | 'mainApi'>,
  { userId, deviceId, chats }: Connection,
  messageId: UUID,
): Promise<{ chatId: UUID; seq: number }> {
  const known = recent.placeOf(messageId)
  if (known && chats.has(known.chatId)) return known
  const { chatId, seq } = await mainApi.callInternal(getMessage, {
    params: { id: messageId },
    onBehalfOf: userId,
    onBehalfDevice: deviceId,
  })
  return { chatId, seq }
}

import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type markChatDelivered,
  type markChatRead,
  type markMessageRead,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { chatStore } from '../chats/public.js'
import { findVisibleMessage } from '../messages/public.js'
import { moveReceipts } from './move-receipts.js'

type Needed = Needs<'db' | 'hints' | 'clock' | 'log'>

/** Moves the own read mark to a position, to a message, or to the head. */
export async function readChatUpTo(
  needs: Needed,
  caller: Caller,
  { params: { id: chatId }, body }: Input<typeof markChatRead>,
): Promise<Output<typeof markChatRead>> {
  const [chat] = await chatStore(needs.db).read(caller, [chatId])
  if (!chat?.my) throw new AppError(notFound)
  const message =
    body.messageId && (await findVisibleMessage(needs.db, caller.userId, body.messageId))
  if (message && message.chatId !== chatId) throw new AppError(notFound)
  const readSeq = message ? message.seq : (body.seq ?? chat.lastSeq)
  return markRead(needs, caller, { chatId, readSeq })
}

/** Moves the own read mark to a message. */
export async function readMessageUpTo(
  needs: Needed,
  caller: Caller,
  { params: { id } }: Input<typeof markMessageRead>,
): Promise<Output<typeof markMessageRead>> {
  const { chatId, seq } = await findVisibleMessage(needs.db, caller.userId, id)
  return markRead(needs, caller, { chatId, readSeq: seq })
}

async function markRead(
  needs: Needed,
  { userId, deviceId }: Caller,
  move: { chatId: string; readSeq: number },
): Promise<Output<typeof markChatRead>> {
  const at = needs.clock.now().toISOString()
  const [moved] = await moveReceipts(needs, [{ userId, deviceId, ...move, at }])
  if (!moved) throw new AppError(notFound)
  const { chatId, lastReadSeq, unreadCount = 0 } = moved
  return { chatId, lastReadSeq, unreadCount }
}

/** This device has stored everything up to a position. */
export async function deliverChatUpTo(
  needs: Needed,
  { userId, deviceId }: Caller,
  { params: { id: chatId }, body }: Input<typeof markChatDelivered>,
): Promise<Output<typeof markChatDelivered>> {
  const at = needs.clock.now().toISOString()
  const items = [{ userId, deviceId, chatId, deliveredSeq: body.seq, at }]
  const [moved] = await moveReceipts(needs, items)
  if (!moved) throw new AppError(notFound)
  return { chatId, deliveredSeq: moved.deliveredSeq }
}

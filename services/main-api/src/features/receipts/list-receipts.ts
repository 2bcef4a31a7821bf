import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type listReceipts as contract,
  forbidden,
  invalidInput,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { findVisibleMessage } from '../messages/public.js'
import { receiptStore, showsMarks } from './receipt-store.js'

/** When an own message was delivered to and read by each other member. */
export async function listReceipts(
  { db }: Needs<'db'>,
  { userId }: Caller,
  { params: { id }, query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const { chatId, seq, senderId, hiddenFor } = await findVisibleMessage(db, userId, id)
  if (senderId !== userId) throw new AppError(forbidden)
  const store = receiptStore(db)
  if (!showsMarks(await store.chatSize(chatId))) {
    throw new AppError(invalidInput, [{ path: '', message: 'the chat is too large for receipts' }])
  }
  const all = await store.receipts({ chatId, senderId, seq, hiddenFor: hiddenFor ?? [] })
  const offset = toOffset(query)
  const rows = all.slice(offset, offset + query.limit)
  const receipts = rows.map((row) => ({
    messageId: id,
    userId: row.userId,
    ...(row.deliveredAt === null ? {} : { deliveredAt: row.deliveredAt }),
    ...(row.readAt === null ? {} : { readAt: row.readAt }),
  }))
  return answer(receipts, {
    meta: pageMeta(query, { offset, total: all.length, count: rows.length }),
  })
}

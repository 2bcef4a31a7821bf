import {
  type ChatHint,
  LIMITS,
  type MarkedMessage,
  type ReceiptItem,
  type ReceiptResult,
  chatChannel,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { chatStore, toChatState } from '../chats/public.js'
import { noteReads } from '../notifications/public.js'
import { hintAccount } from '../users/public.js'
import {
  type MarkMove,
  type MarkRange,
  type MovedMark,
  receiptStore,
  showsMarks,
} from './receipt-store.js'

type Passed = { delivered: MarkedMessage[]; read: MarkedMessage[] }

/**
 * Moves delivery and read marks of many people at once and announces what moved. An item of a chat that
 * its user is not in is left out.
 *
 * @param items At most one transaction's worth: 500.
 */
export async function moveReceipts(
  needs: Needs<'db' | 'hints' | 'log'>,
  items: readonly ReceiptItem[],
): Promise<ReceiptResult[]> {
  const { marks, passed } = await needs.db.tx('move-receipts', async (tx) => {
    const store = receiptStore(tx)
    const marks = await store.move(items)
    await store.record(marks.filter(showsMarks).flatMap(movesOf))
    await noteReads(tx, readsOf(marks, items))
    return { marks, passed: await store.passed(marks.flatMap(rangesOf)) }
  })
  const byMark = new Map<string, Passed>()
  for (const { chatId, userId, kind, messageId, senderId } of passed) {
    const known = byMark.get(chatId + userId) ?? { delivered: [], read: [] }
    known[kind].push({ messageId, senderId })
    byMark.set(chatId + userId, known)
  }
  const results: ReceiptResult[] = []
  for (const mark of marks) {
    const of = byMark.get(mark.chatId + mark.userId) ?? { delivered: [], read: [] }
    await publishMove(needs, mark, of)
    results.push(await toResult(needs, mark, of))
  }
  return results
}

/** Whose read marks moved, and the device that moved them if it says so. */
const readsOf = (marks: readonly MovedMark[], items: readonly ReceiptItem[]) =>
  marks
    .filter(({ lastReadSeq, oldRead }) => lastReadSeq > oldRead)
    .map(({ chatId, userId, lastReadSeq: readSeq }) => ({
      chatId,
      userId,
      readSeq,
      deviceId:
        items.find(
          (item) =>
            item.chatId === chatId && item.userId === userId && (item.readSeq ?? 0) >= readSeq,
        )?.deviceId ?? null,
    }))

/** The moves that are remembered with their time. */
function movesOf({ chatId, userId, at, ...mark }: MovedMark): MarkMove[] {
  const moves: MarkMove[] = []
  if (mark.deliveredSeq > mark.oldDelivered) {
    moves.push({ chatId, userId, kind: 'delivered', seq: mark.deliveredSeq, at })
  }
  if (mark.lastReadSeq > mark.oldRead) {
    moves.push({ chatId, userId, kind: 'read', seq: mark.lastReadSeq, at })
  }
  return moves
}

/** Which messages the senders are told about: the newest 50 delivered ones, and the newest one read. */
function rangesOf(mark: MovedMark): MarkRange[] {
  const { chatId, userId } = mark
  const ranges: MarkRange[] = []
  if (mark.deliveredSeq > mark.oldDelivered && showsMarks(mark)) {
    const [after, upto] = [mark.oldDelivered, mark.deliveredSeq]
    ranges.push({ chatId, userId, kind: 'delivered', after, upto, limit: LIMITS.deliveredPerBurst })
  }
  if (mark.lastReadSeq > mark.oldRead) {
    ranges.push({
      chatId,
      userId,
      kind: 'read',
      after: mark.oldRead,
      upto: mark.lastReadSeq,
      limit: 1,
    })
  }
  return ranges
}

async function publishMove(
  { hints }: Needs<'hints'>,
  mark: MovedMark,
  { delivered, read }: Passed,
): Promise<void> {
  const hasDelivered = delivered.length > 0
  const hasRead = mark.lastReadSeq > mark.oldRead
  if (!hasDelivered && !hasRead) return
  const hint: ChatHint = {
    type: 'receipt',
    chatId: mark.chatId,
    userId: mark.userId,
    at: mark.at,
    ...(hasDelivered ? { deliveredSeq: mark.deliveredSeq, newlyDelivered: delivered } : {}),
    ...(hasRead ? { readSeq: mark.lastReadSeq, showsReads: mark.showsReads } : {}),
    ...(read[0] ? { newestRead: read[0] } : {}),
  }
  await hints.publish(chatChannel(mark.chatId), hint)
}

/** Own devices learn their new counts when the read mark moved. */
async function toResult(
  needs: Needs<'db' | 'hints'>,
  mark: MovedMark,
  { delivered, read }: Passed,
): Promise<ReceiptResult> {
  const { chatId, userId, deliveredSeq, lastReadSeq } = mark
  const result = { chatId, userId, deliveredSeq, lastReadSeq, newlyDelivered: delivered }
  const newest = read[0] ? { newestRead: read[0] } : {}
  if (!mark.hasRead) return { ...result, ...newest }
  const [chat] = await chatStore(needs.db).read({ userId }, [chatId])
  if (chat?.my && lastReadSeq > mark.oldRead) {
    const state = toChatState(chat.my)
    await hintAccount(needs, userId, { type: 'chat_state', chatId, state, at: mark.at })
  }
  return { ...result, ...newest, unreadCount: chat?.my?.unreadCount ?? 0 }
}

import type { Chat, ReceiptChange } from '@sup/types'

/** How far the other members of a chat have it. */
export type Marks = {
  /** Marks only grow; what is older is ignored. */
  note: (change: ReceiptChange) => void
  /** Positions that all others have received, and read. */
  ofAll: (chat: Chat) => { deliveredSeq: number; readSeq: number }
}

type Mark = { deliveredSeq: number; readSeq: number }

export function createMarks(me: string): Marks {
  const chats = new Map<string, Map<string, Mark>>()
  return {
    note({ chatId, userId, deliveredSeq = 0, readSeq = 0 }) {
      if (userId === me) return
      const members = chats.get(chatId) ?? new Map<string, Mark>()
      const before = members.get(userId) ?? { deliveredSeq: 0, readSeq: 0 }
      chats.set(chatId, members)
      members.set(userId, {
        // Who read it has it.
        deliveredSeq: Math.max(before.deliveredSeq, deliveredSeq, readSeq),
        readSeq: Math.max(before.readSeq, readSeq),
      })
    },
    ofAll({ id, memberCount, receipts }) {
      const members = [...(chats.get(id)?.values() ?? [])]
      const knowsAll = memberCount > 1 && members.length >= memberCount - 1
      const lowest = (of: keyof Mark): number =>
        knowsAll ? Math.min(...members.map((mark) => mark[of])) : 0
      const readSeq = Math.max(receipts?.readByAllSeq ?? 0, lowest('readSeq'))
      const deliveredSeq = Math.max(
        receipts?.deliveredToAllSeq ?? 0,
        lowest('deliveredSeq'),
        readSeq,
      )
      return { deliveredSeq, readSeq }
    },
  }
}

import type { ReceiptItem, ReceiptResult } from '@sup/types'

/** Told what became of a move: the marks, nothing when the user is not in the chat, or why it failed. */
export type OnMoved = (err: unknown, result: ReceiptResult | undefined) => void

/** A move of marks that waits, with everybody who waits for it. */
export type Move = { item: ReceiptItem; onMoved: OnMoved[] }

export type ReceiptQueue = {
  add(item: ReceiptItem, onMoved?: OnMoved): void
  take(count: number): Move[]
  size(): number
}

/**
 * The moves that wait, merged: marks only grow, so of several moves of one device in one chat only the
 * highest is worth sending. The queue is therefore never longer than devices times chats.
 */
export function createReceiptQueue(): ReceiptQueue {
  const moves = new Map<string, Move>()
  return {
    add(item, onMoved) {
      const key = `${item.chatId}${item.userId}${item.deviceId ?? ''}`
      const move = moves.get(key)
      if (move) {
        move.item = merge(move.item, item)
        if (onMoved) move.onMoved.push(onMoved)
      } else {
        moves.set(key, { item, onMoved: onMoved ? [onMoved] : [] })
      }
    },
    take(count) {
      const taken: Move[] = []
      for (const [key, move] of moves) {
        if (taken.length >= count) break
        taken.push(move)
        moves.delete(key)
      }
      return taken
    },
    size: () => moves.size,
  }
}

function merge(one: ReceiptItem, other: ReceiptItem): ReceiptItem {
  const deliveredSeq = highest(one.deliveredSeq, other.deliveredSeq)
  const readSeq = highest(one.readSeq, other.readSeq)
  return {
    ...one,
    at: other.at,
    ...(deliveredSeq === undefined ? {} : { deliveredSeq }),
    ...(readSeq === undefined ? {} : { readSeq }),
  }
}

const highest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : other === undefined ? one : Math.max(one, other)

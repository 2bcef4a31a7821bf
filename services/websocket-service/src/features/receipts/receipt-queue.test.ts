import { describe, expect, it, jest } from '@jest/globals'
import type { ReceiptItem } from '@sup/types'
import { ALICE, BOB, CHAT } from '../../../test/examples.js'
import { createReceiptQueue } from './receipt-queue.js'

const item = (part: Partial<ReceiptItem>): ReceiptItem => ({
  userId: ALICE,
  deviceId: BOB,
  chatId: CHAT,
  at: '2025-01-31T10:30:00.000Z',
  ...part,
})

describe('createReceiptQueue', () => {
  it('merges moves of the same marks: only the highest is sent, and everybody is told', () => {
    const queue = createReceiptQueue()
    const one = jest.fn()
    const two = jest.fn()
    queue.add(item({ deliveredSeq: 5 }), one)
    queue.add(item({ deliveredSeq: 3, readSeq: 2 }))
    queue.add(item({ readSeq: 4, at: '2025-01-31T10:30:01.000Z' }), two)
    expect(queue.size()).toBe(1)
    expect(queue.take(10)).toEqual([
      {
        item: item({ deliveredSeq: 5, readSeq: 4, at: '2025-01-31T10:30:01.000Z' }),
        onMoved: [one, two],
      },
    ])
    expect(queue.size()).toBe(0)
  })

  it('keeps devices, people and chats apart, and gives the oldest first', () => {
    const queue = createReceiptQueue()
    const items = [
      item({ deliveredSeq: 1 }),
      item({ deliveredSeq: 1, deviceId: CHAT }),
      item({ deliveredSeq: 1, userId: BOB }),
      item({ deliveredSeq: 1, chatId: ALICE }),
    ]
    for (const one of items) queue.add(one)
    expect(queue.take(3).map((move) => move.item)).toEqual(items.slice(0, 3))
    expect(queue.take(3).map((move) => move.item)).toEqual(items.slice(3))
  })
})

import { describe, expect, it } from '@jest/globals'
import { type Ledger, createLedger } from './ledger.js'

const crowd = {
  url: '',
  users: [
    { id: 'a', token: '', chat: 0 },
    { id: 'b', token: '', chat: 0 },
  ],
  chats: [{ id: 'chat', members: [0, 1] }],
  senders: [0, 1],
}

const take = (ledger: Ledger, user: number, seqs: readonly number[]): void => {
  for (const seq of seqs) {
    ledger.take(user, { seq, senderId: 'a', encryptedContent: `${seq}.x` })
  }
}

describe('createLedger', () => {
  it('is content when everybody has everything once and in order', () => {
    const ledger = createLedger(crowd)
    take(ledger, 0, [1, 2, 3])
    take(ledger, 1, [1, 2, 3])
    ledger.acknowledge(0, 3)
    expect(ledger.behind()).toEqual([])
    expect([ledger.duplicates(), ledger.orderErrors()]).toEqual([0, 0])
  })

  it('tells gaps, the missing end, repetitions and disorder apart', () => {
    const ledger = createLedger(crowd)
    ledger.acknowledge(0, 5)
    take(ledger, 1, [1, 3, 3, 2])
    expect(ledger.missing(1)).toEqual([4, 5])
    expect(ledger.behind()).toEqual([0, 1])
    expect([ledger.duplicates(), ledger.orderErrors()]).toEqual([1, 1])
  })

  it('counts what a sync found as repaired, the rest as lost, and neither again', () => {
    const ledger = createLedger(crowd)
    take(ledger, 0, [1, 4])
    ledger.acknowledge(0, 5)
    const found = [{ seq: 2, senderId: 'a', encryptedContent: '2.x' }]
    expect(ledger.reconcile(0, found)).toEqual({ repaired: 1, lost: 2 })
    expect(ledger.missing(0)).toEqual([])
    take(ledger, 0, [2, 5, 6])
    expect([ledger.duplicates(), ledger.orderErrors()]).toEqual([0, 0])
  })

  it('sees a sender whose messages were turned round', () => {
    const ledger = createLedger(crowd)
    ledger.take(0, { seq: 1, senderId: 'b', encryptedContent: '8.x' })
    ledger.take(0, { seq: 2, senderId: 'b', encryptedContent: '7.x' })
    expect(ledger.orderErrors()).toBe(1)
  })
})

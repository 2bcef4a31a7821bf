import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  getChat,
  listReceipts,
  markChatDelivered,
  markChatRead,
  markMessageRead,
  moveReceipts,
  updateUser,
} from '@sup/types'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('marks', () => {
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson

  beforeAll(async () => {
    api = await startTestApi()
    alice = await api.person('Alice')
    bob = await api.person('Bob')
  })
  afterAll(() => api.stop())

  it('moves forward only, never past the head, and shows the sender both times', async () => {
    const { id } = await directChat(alice, bob)
    const first = await say(alice, id, 'one')
    const second = await say(alice, id, 'two')

    const delivered = await bob.call(markChatDelivered, { params: { id }, body: { seq: 999_999 } })
    expect(delivered.deliveredSeq).toBe(second.seq)
    const read = await bob.call(markMessageRead, { params: { id: first.id } })
    expect(read).toEqual({ chatId: id, lastReadSeq: first.seq, unreadCount: 1 })
    expect((await bob.call(markChatRead, { params: { id }, body: { seq: 1 } })).lastReadSeq).toBe(
      first.seq,
    )
    expect((await bob.call(markChatRead, { params: { id }, body: {} })).unreadCount).toBe(0)

    const [receipt] = await alice.call(listReceipts, { params: { id: second.id } })
    expect(receipt).toMatchObject({ userId: bob.userId, messageId: second.id })
    expect(Date.parse(receipt?.readAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(receipt?.deliveredAt ?? ''),
    )
    expect((await bob.ask(listReceipts, { params: { id: second.id } })).status).toBe(403)
    const chat = await alice.call(getChat, { params: { id } })
    expect(chat.receipts).toEqual({ deliveredToAllSeq: second.seq, readByAllSeq: second.seq })
    expect(chat.my?.unreadCount).toBe(0)
  })

  it('tells the senders which messages a batch of marks has passed', async () => {
    const carol = await api.person('Carol')
    const { id } = await groupOf(alice, bob, carol)
    const hers = await say(alice, id, 'from alice')
    const his = await say(bob, id, 'from bob')
    const at = new Date().toISOString()
    const mark = { chatId: id, userId: carol.userId, deviceId: carol.id, at }

    const { results } = await api.service.call(moveReceipts, {
      body: {
        items: [
          { ...mark, deliveredSeq: his.seq },
          { ...mark, chatId: crypto.randomUUID(), deliveredSeq: 1 },
        ],
      },
    })
    const again = await api.service.call(moveReceipts, {
      body: { items: [{ ...mark, readSeq: his.seq }] },
    })

    expect(results).toHaveLength(1)
    expect(results[0]?.newlyDelivered).toEqual([
      { messageId: hers.id, senderId: alice.userId },
      { messageId: his.id, senderId: bob.userId },
    ])
    expect(again.results[0]).toMatchObject({
      newlyDelivered: [],
      newestRead: { messageId: his.id, senderId: bob.userId },
      unreadCount: 0,
    })
  })

  it('hides reading both ways from who hides it', async () => {
    const dora = await api.person('Dora')
    const { id } = await directChat(alice, dora)
    const message = await say(alice, id, 'seen?')
    await dora.call(updateUser, {
      params: { id: 'me' },
      body: { privacy: { readReceipts: false } },
    })
    await dora.call(markChatRead, { params: { id }, body: {} })

    const [receipt] = await alice.call(listReceipts, { params: { id: message.id } })
    expect([receipt?.deliveredAt === undefined, receipt?.readAt]).toEqual([false, undefined])
    expect((await alice.call(getChat, { params: { id } })).receipts?.readByAllSeq).toBeNull()
  })

  it('answers 404 for a foreign chat', async () => {
    const mallory = await api.person('Mallory')
    const { id } = await directChat(alice, bob)
    expect((await mallory.ask(markChatRead, { params: { id }, body: {} })).status).toBe(404)
    expect(
      (await mallory.ask(markChatDelivered, { params: { id }, body: { seq: 1 } })).status,
    ).toBe(404)
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getChat, getChatLog, listMessages, removeMember, sendBatch, sendMessage } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('sends that race', () => {
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson

  beforeAll(async () => {
    api = await startTestApi()
    alice = await api.person('Alice')
    bob = await api.person('Bob')
  })
  afterAll(() => api.stop())

  const someoneWaitsForALock = async (): Promise<void> => {
    const blocked = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    for (let i = 0; i < 200; i++) {
      if ((await api.deps.db.one<{ count: number }>(blocked)).count > 0) return
      await new Promise((tick) => setTimeout(tick, 10))
    }
    throw new Error('nobody waited')
  }

  it('stores nothing after a removal that the send had to wait for', async () => {
    const { id: chatId } = await groupOf(alice, bob)
    let sending: Promise<{ status: number }> | undefined

    await api.deps.db.tx('removal', async (tx) => {
      await tx.one('SELECT 1 FROM chats WHERE id = $<chatId> FOR UPDATE', { chatId })
      sending = bob.ask(sendMessage, { body: { chatId, content: 'too late' } }).then((r) => r)
      await someoneWaitsForALock()
      await tx.none('DELETE FROM chat_members WHERE chat_id = $<chatId> AND user_id = $<userId>', {
        chatId,
        userId: bob.userId,
      })
    })

    expect((await sending)?.status).toBe(404)
    expect(await alice.call(listMessages, { params: { chatId } })).toEqual([])
  })

  it('numbers many senders without a gap, and every sender in order', async () => {
    const people = await Promise.all(['C', 'D', 'E', 'F'].map((name) => api.person(`Racer${name}`)))
    const { id: chatId, head } = await groupOf(alice, ...people)
    const start = head?.seq ?? 0

    await Promise.all(
      people.map(async (person, p) => {
        for (let i = 0; i < 25; i++) await say(person, chatId, `${p} ${i}`)
      }),
    )

    const log = await alice.call(getChatLog, { params: { id: chatId }, query: { after: start } })
    expect(log.entries.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_unused, i) => start + 1 + i),
    )
    for (const [p] of people.entries()) {
      const own = log.entries
        .map((e) => e.message?.content ?? '')
        .filter((c) => c.startsWith(`${p} `))
      expect(own).toEqual(Array.from({ length: 25 }, (_unused, i) => `${p} ${i}`))
    }
  })

  it('removes somebody in the middle of their own sends: nothing lies behind the removal', async () => {
    const { id: chatId } = await groupOf(alice, bob)
    const sends = Array.from({ length: 40 }, (_unused, i) =>
      bob.ask(sendMessage, { body: { chatId, content: `spam ${i}` } }),
    )
    const removal = alice.ask(removeMember, { params: { id: chatId, userId: bob.userId } })
    const statuses = (await Promise.all(sends)).map(({ status }) => status)
    expect((await removal).status).toBe(200)

    const { entries } = await alice.call(getChatLog, {
      params: { id: chatId },
      query: { limit: 200 },
    })
    expect(entries.at(-1)?.kind).toBe('member_removed')
    expect(entries.filter(({ kind }) => kind === 'message')).toHaveLength(
      statuses.filter((status) => status === 201).length,
    )
  })

  it('answers a batch item by item: twins, a stranger and bad input do not fail the others', async () => {
    const chat = await directChat(alice, bob)
    const mallory = await api.person('Mallory')
    const twin = { chatId: chat.id, content: 'twin', clientMessageId: randomUUID() }
    const from = (person: TestPerson, message: object) => ({
      userId: person.userId,
      deviceId: person.id,
      sessionId: person.sessionId,
      message,
    })

    const { status, body } = await api.service.askWrong(sendBatch, {
      items: [
        from(alice, twin),
        from(alice, twin),
        from(mallory, { chatId: chat.id, content: 'x' }),
        from(bob, { chatId: 'nonsense', content: 'x' }),
        from(bob, { chatId: chat.id, content: 'last' }),
      ],
    })

    expect(status).toBe(200)
    const { results } = body.data
    expect(results.map((r: { ok: boolean }) => r.ok)).toEqual([true, true, false, false, true])
    expect([results[0].duplicate, results[1].duplicate]).toEqual([false, true])
    expect(results[1].seq).toBe(results[0].seq)
    expect([results[2].code, results[3].code]).toEqual(['NOT_FOUND', 'VALIDATION_ERROR'])
    expect(results[3].details[0].path).toBe('chatId')
    expect(results[4].message).toMatchObject({ content: 'last', senderId: bob.userId })
    expect((await alice.call(getChat, { params: { id: chat.id } })).head?.seq).toBe(results[4].seq)
  })

  it('serves the batch endpoint to nobody without the service secret', async () => {
    const { status } = await api.service
      .with({ 'x-internal-secret': 'wrong' })
      .askWrong(sendBatch, { items: [] })
    expect(status).toBe(401)
  })
})

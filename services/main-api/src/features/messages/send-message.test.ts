import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Chat, createChat, listMessages, sendMessage } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('sendMessage', () => {
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson
  let chat: Chat

  beforeAll(async () => {
    api = await startTestApi()
    alice = await api.person('Alice')
    bob = await api.person('Bob')
    chat = await directChat(alice, bob)
  })
  afterAll(() => api.stop())

  const history = (chatId: string) => bob.call(listMessages, { params: { chatId } })

  it('stores a message and gives it the next position of the chat', async () => {
    const first = await say(alice, chat.id, 'hello')
    const second = await say(bob, chat.id, 'привет 👋🏽')

    expect(second.seq).toBe(first.seq + 1)
    expect(second).toMatchObject({
      content: 'привет 👋🏽',
      senderId: bob.userId,
      encryptedContent: '',
    })
    expect((await history(chat.id)).map(({ id }) => id)).toEqual([first.id, second.id])
  })

  it('gives five parallel retries one row and the first result', async () => {
    const { id } = await groupOf(alice, bob)
    const body = { chatId: id, content: 'once', clientMessageId: randomUUID() }

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => alice.ask(sendMessage, { body })),
    )

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201])
    expect(new Set(answers.map(({ body: b }) => `${b.data.id} ${b.data.seq}`)).size).toBe(1)
    expect(answers.filter((a) => a.headers['idempotent-replayed'] === 'true')).toHaveLength(4)
    expect(await history(id)).toHaveLength(1)
  })

  it('refuses another message under the same id and stores nothing', async () => {
    const clientMessageId = randomUUID()
    await say(alice, chat.id, 'one', { clientMessageId })
    const before = (await history(chat.id)).length

    const { status, body } = await alice.ask(sendMessage, {
      body: { chatId: chat.id, content: 'two', clientMessageId },
    })

    expect([status, body.error.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT'])
    expect(await history(chat.id)).toHaveLength(before)
  })

  it('takes Idempotency-Key for the client message id, also when it is no UUID', async () => {
    const body = { chatId: chat.id, content: 'by header' }
    const headers = { 'idempotency-key': 'order-17' }
    const first = await alice.ask(sendMessage, { body, headers })
    const again = await alice.ask(sendMessage, { body, headers })

    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body.data.id).toBe(first.body.data.id)
    expect(again.body.meta).toEqual({ replayed: true })
    const both = { ...body, clientMessageId: randomUUID() }
    expect((await alice.ask(sendMessage, { body: both, headers })).status).toBe(400)
  })

  it('hides a chat from people outside it', async () => {
    const mallory = await api.person('Mallory')
    const missing = await mallory.ask(sendMessage, { body: { chatId: randomUUID(), content: 'x' } })
    const foreign = await mallory.ask(sendMessage, { body: { chatId: chat.id, content: 'x' } })

    expect([missing.status, foreign.status]).toEqual([404, 404])
    expect({ ...foreign.body.error, requestId: '' }).toEqual({
      ...missing.body.error,
      requestId: '',
    })
  })

  it('keeps the mode of a chat', async () => {
    const e2ee = await alice.call(createChat, { body: { type: 'direct', memberIds: [bob.userId] } })
    const text = await alice.ask(sendMessage, { body: { chatId: e2ee.id, content: 'readable' } })
    const opaque = await alice.ask(sendMessage, {
      body: { chatId: chat.id, encryptedContent: 'aGk=' },
    })
    const plain = await alice.call(sendMessage, {
      body: { chatId: e2ee.id, encryptedContent: 'aGk=' },
    })

    expect([text.status, text.body.error.details[0].path]).toEqual([422, 'content'])
    expect([opaque.status, opaque.body.error.details[0].path]).toEqual([422, 'encryptedContent'])
    expect(plain).toMatchObject({ encryptedContent: 'aGk=', senderDeviceId: alice.id })
    expect(plain.senderDeviceNumber).toBe(1)
  })

  it('refuses what no send may hold yet, and envelopes for devices without keys', async () => {
    const e2ee = await alice.call(createChat, { body: { type: 'direct', memberIds: [bob.userId] } })
    const envelope = {
      userId: bob.userId,
      deviceId: bob.id,
      registrationId: 7,
      type: 3,
      content: 'aGk=',
    }
    const file = await alice.ask(sendMessage, {
      body: { chatId: chat.id, attachments: [randomUUID()] },
    })
    const addressed = await alice.askWrong(sendMessage, { chatId: e2ee.id, envelopes: [envelope] })

    expect([file.status, file.body.error.details[0].path]).toEqual([422, 'attachments.0'])
    expect([addressed.status, addressed.body.error.code]).toEqual([409, 'MISMATCHED_DEVICES'])
    expect(addressed.body.error.details.extraDevices).toEqual([
      { userId: bob.userId, deviceId: bob.id },
    ])
  })

  it('replies only to a message that the sender can see in that chat', async () => {
    const elsewhere = await groupOf(alice, bob)
    const other = await say(alice, elsewhere.id, 'over here')
    const here = await say(alice, chat.id, 'question')

    const reply = await say(bob, chat.id, 'answer', { replyToId: here.id })
    const wrong = await bob.ask(sendMessage, {
      body: { chatId: chat.id, content: 'x', replyToId: other.id },
    })

    expect(reply.replyToId).toBe(here.id)
    expect([wrong.status, wrong.body.error.details[0].path]).toEqual([422, 'replyToId'])
  })

  it.each([
    ['nothing to send', {}],
    ['an empty text', { content: '' }],
    ['NUL in the text', { content: 'a\u0000b' }],
    ['a lone surrogate', { content: 'a\ud800b' }],
    ['a text that is too long', { content: 'x'.repeat(10_001) }],
    ['a wrong type', { content: 'x', type: 'system' }],
    ['a number for a text', { content: 7 }],
    ['a wrong client id', { content: 'x', clientMessageId: 'x' }],
  ])('answers 400 for %s', async (_name, part) => {
    const { status, body } = await alice.askWrong(sendMessage, { chatId: chat.id, ...part })
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  it('delivers to the log while Redis is empty', async () => {
    await api.flushRedis()
    const message = await say(alice, chat.id, 'still here')
    expect((await history(chat.id)).at(-1)?.id).toBe(message.id)
  })
})

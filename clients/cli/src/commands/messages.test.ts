import { beforeEach, describe, expect, it } from '@jest/globals'
import { ALICE, AT, CHAT, aMessage, uuidOf } from '../../../../packages/sdk/test/examples.js'
import { ok, refuse } from '../../../../packages/sdk/test/scripted-server.js'
import { chat, json, useHarness } from '../../test/harness.js'

const h = await useHarness()

describe('commands', () => {
  beforeEach(() => h.logIn())

  it('list chats, for people and for programs', async () => {
    const { out } = await h.sup(['chats'])
    expect(out).toMatch(/^@Bob .*hi�\[2J\n$/)
    expect(json((await h.sup(['chats', '--json'])).out)).toEqual({ chats: [chat] })
  })

  it('send to a person and print what the server made of it', async () => {
    h.rest.on('POST /api/v1/messages', ({ body }) =>
      ok(aMessage({ seq: 4, clientMessageId: body.clientMessageId, content: body.content })),
    )
    const { code, out } = await h.sup(['send', 'bob', 'see', 'you', '--json'])
    expect(code).toBe(0)
    const sent = h.rest.seen.at(-1)?.body as { clientMessageId: string; content: string }
    expect(sent.content).toBe('see you')
    expect(json(out)).toEqual({
      message: {
        id: uuidOf(0xb004),
        seq: 4,
        createdAt: AT,
        chatId: CHAT,
        clientMessageId: sent.clientMessageId,
      },
    })
    await h.sup(['send', '@bob'], { input: 'from a pipe\nwith two lines\n' })
    expect(h.rest.seen.at(-1)?.body).toMatchObject({ content: 'from a pipe\nwith two lines' })
  })

  it('send nothing that was refused a second time', async () => {
    h.answer('POST /api/v1/messages', refuse(403, 'INSUFFICIENT_PERMISSIONS'))
    const { code, err } = await h.sup(['send', 'bob', 'x', '--json'])
    expect(code).toBe(3)
    expect(json(err)).toMatchObject({
      error: { code: 'INSUFFICIENT_PERMISSIONS', retryable: false },
    })
    expect(json((await h.sup(['outbox', '--json'])).out)).toEqual({ messages: [] })
  })

  it('keep what could not be sent, and say so', async () => {
    h.answer('POST /api/v1/messages', refuse(503, 'SERVICE_UNAVAILABLE', { retryable: true }))
    const { code, err } = await h.sup(['send', 'bob', 'later', '--timeout', '1'])
    expect(code).toBe(7)
    expect(err).toContain('sup outbox')
    const waiting = json((await h.sup(['outbox', '--json'])).out)
    expect(waiting).toMatchObject({ messages: [{ state: 'queued', body: { content: 'later' } }] })
    expect((await h.sup(['logout'])).code).toBe(5)
    h.rest.on('POST /api/v1/messages', ({ body }) =>
      ok(aMessage({ seq: 4 + (body.content === 'later' ? 0 : 1) })),
    )
    expect((await h.sup(['send', 'bob', 'now'])).code).toBe(0)
    const sent = h.rest.seen.slice(-2).map(({ body }) => body.content as string)
    expect(sent).toEqual(['later', 'now'])
    expect((await h.sup(['outbox'])).out).toBe('Everything is sent.\n')
  })

  it('forget what waits when they are told to', async () => {
    h.answer('POST /api/v1/messages', refuse(503, 'SERVICE_UNAVAILABLE', { retryable: true }))
    await h.sup(['send', 'bob', 'never', '--timeout', '1'])
    const { messages } = json((await h.sup(['outbox', '--json'])).out) as {
      messages: { body: { clientMessageId: string } }[]
    }
    const id = messages[0]?.body.clientMessageId ?? ''
    expect((await h.sup(['outbox', '--discard', uuidOf(1)])).code).toBe(4)
    expect((await h.sup(['outbox', '--discard', id])).out).toBe('Everything is sent.\n')
  })

  it('refuse to send to an encrypted chat what they cannot encrypt', async () => {
    h.answer(`GET /api/v1/chats/${CHAT}`, ok({ ...chat, encryption: 'e2ee' }))
    const { code, err } = await h.sup(['send', CHAT, 'x'])
    expect(code).toBe(1)
    expect(err).toContain('--plain-form')
    h.rest.on('POST /api/v1/messages', () => ok(aMessage({ seq: 4 })))
    expect((await h.sup(['send', CHAT, 'x', '--plain-form'])).code).toBe(0)
    expect(h.rest.seen.at(-1)?.body).toMatchObject({ encryptedContent: 'x' })
  })

  it('show history with names', async () => {
    const messages = [
      aMessage({ seq: 3, content: 'two\nlines' }),
      aMessage({ seq: 4, senderId: ALICE, content: 'mine', editedAt: AT }),
      aMessage({ seq: 5, deletedAt: AT }),
    ]
    h.answer(
      `GET /api/v1/messages/chat/${CHAT}`,
      ok(messages, { hasMoreBefore: true, hasMoreAfter: false }),
    )
    const lines = (await h.sup(['history', 'bob', '--limit', '3'])).out.split('\n')
    expect(lines.map((line) => line.replace(/^\S+ \S+ (?=\S+: )/, ''))).toEqual([
      'Bob: two',
      '      lines',
      'you: mine (edited)',
      'Bob: (deleted)',
      '',
    ])
    expect(json((await h.sup(['history', 'bob', '--json'])).out)).toEqual({
      chatId: CHAT,
      messages,
      hasMoreBefore: true,
    })
    expect((await h.sup(['history', 'bob', '--limit', '0'])).code).toBe(2)
  })

  it.each([
    ['nobody of that name', ['send', 'nobody', 'x'], 4],
    ['no chat of that name', ['send', '#nothing', 'x'], 4],
    ['an unknown id', ['history', uuidOf(0x99)], 4],
    ['nothing to send', ['send', 'bob'], 2],
  ])('find %s', async (_name, args, code) => {
    expect((await h.sup(args)).code).toBe(code)
  })
})

import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Message } from '@sup/types'
import {
  ALICE,
  BOB,
  CHAT,
  aMessage,
  anHonestMessage,
} from '../../../../packages/sdk/test/examples.js'
import { ok, refuse } from '../../../../packages/sdk/test/scripted-server.js'
import { chatPage, log, syncPage } from '../../../../packages/sdk/test/sync-world.js'
import type { FakeTerminal } from '../../test/fake-terminal.js'
import { bob, useHarness } from '../../test/harness.js'

const h = await useHarness()
const [, , m3, m4] = log as [Message, Message, Message, Message]

beforeEach(async () => {
  await h.logIn()
  const page = chatPage(0, 2)
  page.chat.peer = bob
  h.rest.on('GET /api/v1/sync', ({ query }) =>
    ok(query.has('cursor') ? syncPage([]) : syncPage([page], { reset: true })),
  )
  h.answer('POST /api/v1/chats', ok(page.chat))
})

/** Keeps the socket away, so that messages go by REST. */
const refuseSockets = (): void => {
  h.sockets.refuse = () => ({ code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: 60_000 })
}

/** Waits until the output holds this text. */
async function written(read: () => string, text: string): Promise<void> {
  while (!read().includes(text)) await new Promise((resolve) => setTimeout(resolve, 10))
}
const emit = (event: string, payload: unknown): void => {
  h.sockets.sockets.at(-1)?.emit(event, payload)
}
type Line = ReturnType<typeof JSON.parse>
const linesOf = (terminal: FakeTerminal): Line[] =>
  terminal
    .out()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line))

/** Ends a stream as a reader does that goes away. */
async function end({ terminal, ended }: ReturnType<typeof h.start>): Promise<number> {
  terminal.stdout.emit('close')
  return ended
}

describe('tail', () => {
  it('prints what comes from now on', async () => {
    const stream = h.start(['tail'])
    await written(stream.terminal.err, 'Connected')
    emit('message', m3)
    emit('message', m4)
    await written(stream.terminal.out, 'text 4')
    expect(stream.terminal.out().replaceAll(/^[\d: -]+ (?=\[)/gm, '')).toBe(
      '[Bob] Bob: text 3\n[Bob] Bob: text 4\n',
    )
    expect(await end(stream)).toBe(0)
  })

  it('prints one object per line with --json', async () => {
    const stream = h.start(['tail', '--json'])
    await written(stream.terminal.out, '"online"')
    emit('message', m3)
    emit('typing', { chatId: CHAT, userId: BOB, isTyping: true })
    emit('presence', { userId: BOB, status: 'away' })
    for (const text of ['text 3', 'isTyping', 'away']) await written(stream.terminal.out, text)
    const events = linesOf(stream.terminal)
    expect(events.filter(({ event }) => event === 'state').map(({ state }) => state)).toEqual([
      'connecting',
      'syncing',
      'online',
    ])
    expect(events).toContainEqual({ event: 'message', message: m3 })
    expect(events).toContainEqual({ event: 'typing', chatId: CHAT, userId: BOB, isTyping: true })
    expect(events).toContainEqual({ event: 'presence', userId: BOB, status: 'away' })
    await end(stream)
  })

  it('ends with the code of a lost log-in', async () => {
    const stream = h.start(['tail'])
    await written(stream.terminal.err, 'Connected')
    h.answer('POST /api/v1/auth/refresh', refuse(401, 'INVALID_TOKEN'))
    h.sockets.refuse = () => ({ code: 'UNAUTHORIZED', reason: 'session_revoked', retryable: false })
    emit('closing', { code: 'SESSION_REVOKED', message: 'over', reconnect: false })
    h.sockets.sockets.at(-1)?.disconnect()
    expect(await stream.ended).toBe(3)
  })
})

describe('chat without a terminal', () => {
  it('sends each line, prints what others write, and ends when all is sent', async () => {
    const sent: string[] = []
    h.sockets.onConnection = (socket) => {
      socket.on('message', ({ content, clientMessageId }, acknowledge) => {
        sent.push(content as string)
        const seq = 2 + sent.length
        const message = anHonestMessage(seq, content as string, {
          senderId: ALICE,
          clientMessageId,
        })
        acknowledge({ ok: true, id: message.id, seq, createdAt: message.createdAt })
        socket.emit('message', message)
      })
    }
    const stream = h.start(['chat', 'bob'])
    await written(stream.terminal.err, 'Connected')
    stream.terminal.stdin.write('one\n\ntwo\n')
    while (sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    emit('message', anHonestMessage(5, 'from bob'))
    await written(stream.terminal.out, 'from bob')
    stream.terminal.stdin.end('three')
    expect(await stream.ended).toBe(0)
    expect(sent).toEqual(['one', 'two', 'three'])
    expect(stream.terminal.out()).toMatch(/^[\d: -]+ Bob: from bob\n$/)
  })

  it('shows with --json how own lines fare', async () => {
    refuseSockets()
    h.answer('POST /api/v1/messages', ok(aMessage({ seq: 3 })))
    const { ended, terminal } = h.start(['chat', 'bob', '--json'])
    terminal.stdin.end('hello\n')
    expect(await ended).toBe(0)
    const events = linesOf(terminal).filter(({ event }) => event === 'outbox')
    expect(events.map(({ state }) => state)).toEqual(['queued', 'sending', 'sent'])
    expect(events[2]).toMatchObject({ seq: 3, id: aMessage({ seq: 3 }).id })
  })

  it('fails when a line was refused', async () => {
    refuseSockets()
    h.answer('POST /api/v1/messages', refuse(403, 'INSUFFICIENT_PERMISSIONS'))
    const { ended, terminal } = h.start(['chat', 'bob'])
    terminal.stdin.end('hello\n')
    expect(await ended).toBe(1)
    expect(terminal.err()).toContain('1 of 1 lines were refused (INSUFFICIENT_PERMISSIONS)')
  })
})

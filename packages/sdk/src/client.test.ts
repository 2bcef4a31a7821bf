import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Message } from '@sup/types'
import { ALICE, BOB, CHAT, EPOCH, anHonestMessage, authResult, digestOf } from '../test/examples.js'
import { type ScriptedServer, ok } from '../test/scripted-server.js'
import type { ScriptedSockets } from '../test/scripted-sockets.js'
import { startScriptedSystem } from '../test/scripted-system.js'
import { chatPage, log, syncPage } from '../test/sync-world.js'
import { type Client, createClient } from './client.js'
import type { ClientEvents } from './client-events.js'
import { createMemoryStorage } from './storage/memory-storage.js'
import type { Storage } from './storage/storage.js'

let rest: ScriptedServer
let sockets: ScriptedSockets
let storage: Storage
let client: Client

beforeEach(async () => {
  ;({ rest, sockets } = await startScriptedSystem())
  rest.on('POST /api/v1/auth/login', () => ok(authResult()))
  rest.on('GET /api/v1/sync', ({ query }) =>
    ok(query.has('cursor') ? syncPage([]) : syncPage([chatPage(0, 2)], { reset: true })),
  )
  storage = createMemoryStorage()
  client = await createClient({ server: sockets.url, storage })
  await client.accounts.logIn({ identifier: 'alice', password: 'p' })
})
afterEach(async () => {
  client.close()
  await sockets.close()
  await rest.close()
})

/** The next event that fits. */
function next<K extends keyof ClientEvents>(
  name: K,
  fits: (payload: ClientEvents[K]) => boolean = () => true,
): Promise<ClientEvents[K]> {
  return new Promise((resolve) => {
    const leave = client.on(name, (payload) => {
      if (!fits(payload)) return
      leave()
      resolve(payload)
    })
  })
}
async function connect(): Promise<void> {
  const online = next('state', ({ state }) => state === 'online')
  client.connect()
  await online
}
const emit = (event: string, payload: unknown): void => {
  sockets.sockets.at(-1)?.emit(event, payload)
}
const [, , m3, m4, m5] = log as [Message, Message, Message, Message, Message]

describe('a client', () => {
  it('syncs, then follows the live stream, and acknowledges what it stored', async () => {
    const acknowledged = new Promise((resolve) => {
      sockets.onConnection = (socket) => {
        socket.on('delivered', (payload, acknowledge) => {
          acknowledge({ ok: true })
          resolve(payload)
        })
      }
    })
    const told: string[] = []
    client.on('message', ({ message, source }) => told.push(`${source} ${String(message.seq)}`))
    await connect()
    expect(await acknowledged).toEqual({ items: [{ chatId: CHAT, seq: 2 }] })
    const last = next('message', ({ message }) => message.seq === 5)
    emit('messages', { chatId: CHAT, messages: [m3, m4] })
    emit('message', m4)
    emit('message', m5)
    await last
    expect(told).toEqual(['first 1', 'first 2', 'live 3', 'live 4', 'live 5'])
    expect((await client.messages.stored(CHAT)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(client.chats.known()[0]).toMatchObject({
      head: { seq: 5, digest: digestOf(log.slice(0, 5)) },
      lastMessage: { seq: 5 },
    })
  })

  it('takes up where it was when it is made again', async () => {
    await connect()
    client.close()
    client = await createClient({ server: sockets.url, storage })
    expect(client.session()?.username).toBe('alice')
    expect(client.chats.known()).toHaveLength(1)
    await connect()
    expect(sockets.handshakes.at(-1)).toMatchObject({ epoch: EPOCH, heads: { [CHAT]: 2 } })
    expect(rest.seen.at(-1)?.query.get('cursor')).toBe('c1')
  })

  it('sends over the socket and follows the message until it was read', async () => {
    sockets.onConnection = (socket) => {
      socket.on('message', (body, acknowledge) => {
        acknowledge({ ok: true, id: log[2]?.id, seq: 3, createdAt: body.createdAt ?? '2025' })
      })
    }
    await connect()
    const states: string[] = []
    client.on('outbox', ({ state }) => states.push(state))
    const sending = await client.messages.send(CHAT, { content: 'text 3' })
    expect((await sending.stored()).seq).toBe(3)
    const { clientMessageId } = sending.entry.body
    emit('message', anHonestMessage(3, 'text 3', { senderId: ALICE, clientMessageId }))
    const mark = { chatId: CHAT, userId: BOB, messageId: log[2]?.id }
    const at = '2025-01-31T10:30:00.000Z'
    const wasRead = next('outbox', ({ state }) => state === 'read')
    emit('delivered', { ...mark, deliveredSeq: 3, at })
    emit('read_receipt', { ...mark, readSeq: 3, readAt: at })
    emit('read', { ...mark, readSeq: 3, readAt: at })
    await wasRead
    expect(states).toEqual(['queued', 'sending', 'sent', 'delivered', 'read'])
  })

  it('takes its own message for the acknowledgement that was lost', async () => {
    sockets.onConnection = (socket) => {
      socket.on('message', ({ clientMessageId }) => {
        socket.emit('message', anHonestMessage(3, 'text 3', { senderId: ALICE, clientMessageId }))
      })
    }
    await connect()
    const sending = await client.messages.send(CHAT, { content: 'text 3' })
    expect((await sending.stored()).seq).toBe(3)
  })

  it('sends by REST without a socket, and what is too long for a frame', async () => {
    rest.on('POST /api/v1/messages', ({ body }, count) =>
      ok({ ...anHonestMessage(3 + count, 'x'), clientMessageId: body.clientMessageId }),
    )
    const first = await client.messages.send(CHAT, { content: 'offline' })
    expect((await first.stored()).seq).toBe(3)
    await connect()
    const second = await client.messages.send(CHAT, {
      content: 'long',
      attachments: Array.from({ length: 10 }, () => BOB),
      envelopes: Array.from({ length: 5 }, () => ({
        userId: BOB,
        deviceId: BOB,
        registrationId: 1,
        type: 2 as const,
        content: 'A'.repeat(21_844),
      })),
    })
    expect((await second.stored()).seq).toBe(4)
  })

  it('tells a loss of the connection, and comes back', async () => {
    await connect()
    const states: string[] = []
    client.on('state', ({ state }) => states.push(state))
    sockets.sockets[0]?.conn.close()
    await next('state', ({ state }) => state === 'online')
    expect(states).toEqual(['reconnecting', 'syncing', 'online'])
  })

  it('reports a log that does not add up, and fetches the chat again', async () => {
    rest.on('POST /api/v1/sync', () => ok(syncPage([chatPage(0, 3)])))
    await connect()
    const problem = next('integrity')
    const repaired = next('chat', ({ chat }) => chat?.head?.seq === 3)
    emit('message', { ...m3, content: 'forged' })
    expect(await problem).toEqual({ chatId: CHAT, seq: 3, reason: 'content' })
    await repaired
    expect((await client.messages.stored(CHAT)).at(-1)?.content).toBe('text 3')
  })

  it('sends again what a restored server may have lost', async () => {
    rest.on('POST /api/v1/messages', (_seen, count) => ok(anHonestMessage(3 + count, 'x')))
    await client.sync()
    const { stored } = await client.messages.send(CHAT, { content: 'precious' })
    await stored()
    const again = next('outbox', ({ state }) => state === 'sent')
    rest.on('GET /api/v1/sync', () => ok(syncPage([chatPage(0, 1)], { reset: true, epoch: BOB })))
    await client.sync()
    await again
    const sends = rest.seen.filter(
      ({ path, method }) => path === '/api/v1/messages' && method === 'POST',
    )
    expect(sends.map(({ body }) => body as unknown)).toEqual([sends[0]?.body, sends[0]?.body])
  })

  it('keeps nothing of one account for another', async () => {
    await connect()
    rest.on('POST /api/v1/auth/login', () => ok(authResult({ user: { id: BOB, username: 'bob' } })))
    await client.accounts.logIn({ identifier: 'bob', password: 'p' })
    expect(client.chats.known()).toEqual([])
    expect(await client.messages.stored(CHAT)).toEqual([])
    expect(client.state()).toBe('offline')
  })
})

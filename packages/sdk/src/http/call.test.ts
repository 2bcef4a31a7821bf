import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createChat, getChat, getServer, listChats, logIn, sendMessage } from '@sup/types'
import { ALICE, CHAT, authResult } from '../../test/examples.js'
import { createManualClock } from '../../test/manual-clock.js'
import { type ScriptedServer, ok, refuse, startScriptedServer } from '../../test/scripted-server.js'
import { type Client, createClient } from '../client.js'
import { createMemoryStorage } from '../storage/memory-storage.js'

let server: ScriptedServer
const clock = createManualClock()
const lines: string[] = []
const log = {
  debug: (text: string, fields?: unknown) => void lines.push(text + JSON.stringify(fields)),
  warn: (text: string, fields?: unknown) => void lines.push(text + JSON.stringify(fields)),
}
let client: Client

beforeAll(async () => {
  server = await startScriptedServer()
  server.on('POST /api/v1/auth/login', () => ok(authResult()))
  client = await createClient({
    server: `${server.url}/`,
    storage: createMemoryStorage(),
    clock,
    log,
  })
  await client.accounts.logIn({ identifier: 'alice', password: 'a secret word' })
})
afterAll(async () => {
  client.close()
  await server.close()
})

const chatRoute = `GET /api/v1/chats/${CHAT}`
const getIt = () => client.call(getChat, { params: { id: CHAT } })

/** The outcome of a call that waits on the clock. */
async function afterTime<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
  const outcome = promise.then(
    (value) => () => value,
    (err: unknown) => () => {
      throw err
    },
  )
  for (let i = 0; i < 20; i++) await clock.advance(ms / 20)
  return (await outcome)()
}

describe('call', () => {
  it('fills in path and query, sends the token, gives data and meta', async () => {
    server.on('GET /api/v1/chats', () => ok([], { hasMore: false, limit: 3 }))
    const answer = await client.call(listChats, { query: { limit: 3, archived: 'true' } })
    expect(answer).toEqual({ data: [], meta: { hasMore: false, limit: 3 }, status: 200 })
    const [seen] = server.seen.slice(-1)
    expect(seen?.query.toString()).toBe('limit=3&archived=true')
    expect(seen?.headers.authorization).toBe('Bearer access-1')
  })

  it('sends no token to open endpoints', async () => {
    server.on('GET /api/v1/server', () => ok({}))
    await client.call(getServer, {})
    expect(server.seen.slice(-1)[0]?.headers.authorization).toBeUndefined()
  })

  it('throws what the server says', async () => {
    server.on(chatRoute, () =>
      refuse(403, 'INSUFFICIENT_PERMISSIONS', { details: { permission: 'x' } }),
    )
    await expect(getIt()).rejects.toMatchObject({
      name: 'SupError',
      code: 'INSUFFICIENT_PERMISSIONS',
      status: 403,
      details: { permission: 'x' },
      retryable: false,
      requestId: 'r1',
    })
  })

  it('repeats a GET after retryable failures and waits as long as the server asks', async () => {
    let waitedSince = 0
    server.on(chatRoute, (_, count) => {
      if (count === 0) return { status: 502, text: '<html>' }
      if (count === 1) {
        waitedSince = clock.now()
        return { status: 503, text: '', headers: { 'retry-after': '7' } }
      }
      expect(clock.now() - waitedSince).toBeGreaterThanOrEqual(7000)
      return ok({ id: CHAT })
    })
    expect((await afterTime(getIt())).data).toEqual({ id: CHAT })
  })

  it('gives up after four attempts, with the code of an absent service', async () => {
    const before = server.seen.length
    server.on(chatRoute, () => ({ status: 504, text: '' }))
    await expect(afterTime(getIt())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryable: true,
    })
    expect(server.seen.length - before).toBe(4)
  })

  it('repeats a POST only with a key, and then with the same', async () => {
    const failing = () => refuse(503, 'SERVICE_UNAVAILABLE', { retryable: true })
    server.on('POST /api/v1/chats', failing)
    const body = { type: 'group' as const, name: 'x', memberIds: [ALICE] }
    const start = server.seen.length
    await expect(client.call(createChat, { body })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    expect(server.seen.length - start).toBe(1)
    await expect(
      afterTime(client.call(createChat, { body }, { idempotencyKey: 'k1' })),
    ).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    const keys = server.seen.slice(start + 1).map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual(['k1', 'k1', 'k1', 'k1'])
  })

  it('repeats a message by its own id', async () => {
    server.on('POST /api/v1/messages', (_, count) =>
      count === 0 ? refuse(500, 'INTERNAL_ERROR', { retryable: true }) : ok({ id: 'm' }),
    )
    const body = { chatId: CHAT, content: 'x', clientMessageId: ALICE }
    expect((await afterTime(client.call(sendMessage, { body }))).data.id).toBe('m')
  })

  it('can be aborted, also while it waits', async () => {
    server.on(chatRoute, () => refuse(503, 'SERVICE_UNAVAILABLE', { retryable: true }))
    const controller = new AbortController()
    const outcome = client.call(getChat, { params: { id: CHAT } }, { signal: controller.signal })
    const seen = expect(outcome).rejects.toThrow('enough')
    await clock.advance(0)
    controller.abort(new Error('enough'))
    await seen
  })

  it('says when the address is not that of a SUP server, or of none', async () => {
    server.on(chatRoute, () => ({ text: '<html>hello' }))
    await expect(getIt()).rejects.toMatchObject({ code: 'BAD_RESPONSE', retryable: false })
    const nowhere = await createClient({
      server: 'http://127.0.0.1:1',
      storage: createMemoryStorage(),
    })
    const body = { identifier: 'a', password: 'b' }
    await expect(nowhere.call(logIn, { body })).rejects.toMatchObject({
      code: 'NETWORK_ERROR',
      status: 0,
      retryable: true,
    })
  })

  it('logs no token, password or body', () => {
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.join('\n')).not.toMatch(/access-1|refresh-1|a secret word/)
  })
})

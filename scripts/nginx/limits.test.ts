import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { CHECKOUT } from '../stack/state.js'
import { type Ask, type Edge, type Reply, startEdge } from './edge.js'

let edge: Edge
const start = async (env: Record<string, string> = {}): Promise<void> => {
  edge = await startEdge(env)
}

// Every address of 127.0.0.0/8 is this machine, and a client of its own for nginx.
let hosts = 1
const newAddress = (): string => {
  hosts += 1
  return `127.0.1.${hosts}`
}
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

type Passed = { passed: number; seconds: number }

/** Calls `count` times, 25 at once, and counts the calls that were not refused. */
async function callMany(count: number, path: string, options: Ask): Promise<Passed> {
  const startedAt = Date.now()
  let left = count
  let passed = 0
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const { status } = await edge.ask(path, options)
      if (status !== 429) passed += 1
    }
  }
  await Promise.all(Array.from({ length: 25 }, caller))
  return { passed, seconds: (Date.now() - startedAt) / 1000 }
}

/** The burst and one passed at once; what the rate gave back meanwhile depends on the machine. */
function expectBurst({ passed, seconds }: Passed, burst: number, perMinute: number): void {
  expect(passed).toBeGreaterThanOrEqual(burst + 1)
  expect(passed).toBeLessThanOrEqual(burst + 2 + Math.ceil((perMinute * seconds) / 60))
}

/** Calls until one is refused, and returns the refusal. */
async function refusal(path: string, options: Ask): Promise<Reply> {
  for (;;) {
    const replies = await Promise.all(Array.from({ length: 25 }, () => edge.ask(path, options)))
    const refused = replies.find(({ status }) => status === 429)
    if (refused !== undefined) return refused
  }
}

const allPass = async (count: number, path: string, options: Ask): Promise<boolean> =>
  (await callMany(count, path, options)).passed === count

describe('the zones at their default numbers', () => {
  beforeEach(() => start())
  afterEach(() => edge.stop())

  it('let a token pass 1 + 50 times at once, and another token from the same address too', async () => {
    const from = newAddress()
    for (const [path, token] of [
      ['/api/v1/chats', 'a'],
      ['/api/v1/chats/', 'b'],
    ] as const) {
      expectBurst(await callMany(150, path, { from, headers: bearer(token) }), 50, 100)
    }
  })

  it('count a token wherever it comes from', async () => {
    await callMany(150, '/api/v1/chats', { from: newAddress(), headers: bearer('a') })
    const other = { from: newAddress(), headers: bearer('a') }
    expect(await allPass(50, '/api/v1/users/me', other)).toBe(false)
  })

  it('let an address pass 1 + 500 times at once without a token', async () => {
    expectBurst(await callMany(800, '/api/v1/server', { from: newAddress() }), 500, 1000)
  })

  it.each([
    ...['register', 'login', 'verify', '2fa/verify'],
    ...['password/forgot', 'password/reset', 'password/change'],
  ])('let auth/%s pass 1 + 5 times, with and without a slash, in any case', async (name) => {
    const from = newAddress()
    const path = `/api/v1/auth/${name}`
    const forms = [
      path,
      `${path}/`,
      path.replace('auth', 'AUTH'),
      `${path}?x=1`,
      `/api//v1/auth/${name}`,
    ]
    const statuses: number[] = []
    for (const form of [...forms, path, path]) {
      statuses.push((await edge.ask(form, { method: 'POST', from })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429])
  })

  it('count all auth calls of an address together, and refresh not at all', async () => {
    const from = newAddress()
    const pass = (count: number, path: string, address = from) =>
      allPass(count, `/api/v1/auth/${path}`, { method: 'POST', from: address })
    expect(await pass(3, 'login')).toBe(true)
    expect(await pass(10, 'register')).toBe(false)
    expect(await pass(3, 'login')).toBe(false)
    expect(await pass(40, 'refresh')).toBe(true)
    expect(await pass(40, 'login-as')).toBe(true)
    expect(await pass(1, 'login', newAddress())).toBe(true)
  })

  it('leave sends, prekey fetches and reads of media to other limits', async () => {
    const from = newAddress()
    const call = { from, headers: bearer('busy') }
    await callMany(150, '/api/v1/chats', call)
    const post = { ...call, method: 'POST' }
    for (const path of ['/api/v1/messages', '/api/v1/messages/', '/api/v1/crypto/prekeys/fetch']) {
      expect(await allPass(100, path, post)).toBe(true)
    }
    expect(await allPass(100, '/api/v1/media/download/1', call)).toBe(true)
    expect(await allPass(50, '/api/v1/messages', call)).toBe(false)
    expect(await allPass(50, '/api/v1/messages/1', post)).toBe(false)
    expect(await allPass(50, '/api/v1/media/upload', post)).toBe(false)
  })

  it('limit reads of media by token, else by address', async () => {
    const from = newAddress()
    const path = '/api/v1/media/download/1'
    expectBurst(await callMany(1000, path, { from, headers: bearer('m') }), 600, 1200)
    expect(await allPass(5, path, { from, headers: bearer('n') })).toBe(true)
    expect(await allPass(5, path, { from })).toBe(true)
  })

  it('never limit sockets, health and the page', async () => {
    const call = { from: newAddress(), headers: bearer('s') }
    for (const path of ['/socket.io/', '/ws', '/health', '/']) {
      expect(await allPass(200, path, call)).toBe(true)
    }
  })

  it('refuse with the envelope of the API, and say when to come back', async () => {
    const from = newAddress()
    const options = { method: 'POST', from, headers: { 'x-request-id': 'my-request' } }
    await callMany(7, '/api/v1/auth/login', options)
    const reply = await edge.ask('/api/v1/auth/login', options)
    expect(reply.status).toBe(429)
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'retry-after': '12',
      'x-request-id': 'my-request',
      'cache-control': 'no-store',
    })
    expect(JSON.parse(reply.body)).toEqual({
      success: false,
      error: {
        code: 'RATE_LIMITED',
        message: 'Too many requests',
        retryable: true,
        retryAfterMs: 12_000,
        requestId: 'my-request',
      },
    })
    const refused = await refusal('/api/v1/chats', { from, headers: bearer('w') })
    expect(refused.headers['retry-after']).toBe('1')
    expect(JSON.parse(refused.body)).toMatchObject({ error: { retryAfterMs: 1000 } })
  })
})

describe('the zones at other numbers', () => {
  afterAll(() => edge.stop())

  it('follow the variables, fractions rounded up', async () => {
    await start({ RATE_LIMIT_API_PER_MINUTE: '7', RATE_LIMIT_AUTH_PER_MINUTE: '2' })
    const read = (name: string): string => readFileSync(join(edge.configuration, name), 'utf8')
    const zones = read('conf.d/default.conf').match(/zone=\w+:16m rate=\d+r\/m/g)
    const bursts = read('snippets/site.conf').match(/zone=\w+ burst=\d+/g)
    expect(zones).toEqual([
      'zone=token:16m rate=7r/m',
      'zone=address:16m rate=70r/m',
      'zone=media:16m rate=84r/m',
      'zone=auth:16m rate=2r/m',
    ])
    expect(bursts).toEqual([
      'zone=token burst=4',
      'zone=address burst=35',
      'zone=media burst=42',
      'zone=auth burst=2',
    ])
    const from = newAddress()
    const refused = await refusal('/api/v1/auth/login', { method: 'POST', from })
    expect(refused.headers['retry-after']).toBe('30')
  })

  it('are the defaults in the files themselves, for whoever does not render them', async () => {
    await edge.stop()
    await start()
    for (const name of ['conf.d/default.conf', 'snippets/site.conf']) {
      const numbers = (folder: string): string[] =>
        readFileSync(join(folder, name), 'utf8')
          .replaceAll(/ +/g, ' ')
          .match(/zone=\w+.*;|^ 1 \d+;$/gm) ?? []
      expect(numbers(join(CHECKOUT, 'config/nginx'))).toEqual(numbers(edge.configuration))
      expect(numbers(edge.configuration)).not.toHaveLength(0)
    }
  })

  it('must be whole numbers over 0', async () => {
    for (const value of ['0', '-5', '1.5', 'many', '']) {
      const starting = startEdge({ RATE_LIMIT_API_PER_MINUTE: value })
      // An empty variable is an absent one, as everywhere.
      if (value === '') await (await starting).stop()
      else await expect(starting).rejects.toThrow(/must be whole numbers over 0/)
    }
  })
})

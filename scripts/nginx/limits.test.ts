import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Ask, type Edge, startEdge } from './edge.js'

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

/** How many of `count` calls pass before the first refusal; all of them when none is refused. */
async function countPassed(count: number, path: string, options: Ask): Promise<number> {
  for (let at = 0; at < count; at += 1) {
    const { status } = await edge.ask(path, options)
    if (status === 429) return at
  }
  return count
}

// The rates are per minute, so the few calls that come back during a test are within this margin.
const about = (expected: number, actual: number): void => {
  expect(actual).toBeGreaterThanOrEqual(expected)
  expect(actual).toBeLessThanOrEqual(expected + Math.ceil(expected / 10) + 1)
}

describe('the zones at their default numbers', () => {
  beforeEach(() => start())
  afterEach(() => edge.stop())

  it('let a token pass 1 + 50 times at once, and another token from the same address too', async () => {
    const from = newAddress()
    about(51, await countPassed(80, '/api/v1/chats', { from, headers: bearer('a') }))
    about(51, await countPassed(80, '/api/v1/chats/', { from, headers: bearer('b') }))
  })

  it('count a token wherever it comes from', async () => {
    about(51, await countPassed(80, '/api/v1/chats', { from: newAddress(), headers: bearer('a') }))
    const other = { from: newAddress(), headers: bearer('a') }
    expect(await countPassed(1, '/api/v1/users/me', other)).toBe(0)
  })

  it('let an address pass 1 + 500 times at once without a token', async () => {
    about(501, await countPassed(600, '/api/v1/server', { from: newAddress() }))
  })

  it.each([
    ...['register', 'login', 'verify', '2fa/verify'],
    ...['password/forgot', 'password/reset', 'password/change'],
  ])('let auth/%s pass 1 + 5 times, with and without a slash, in any case', async (name) => {
    const from = newAddress()
    const ask = (path: string) => countPassed(1, path, { method: 'POST', from })
    const path = `/api/v1/auth/${name}`
    const paths = [
      path,
      `${path}/`,
      path.replace('auth', 'AUTH'),
      `${path}?x=1`,
      path,
      `/api//v1/auth/${name}`,
    ]
    const passed = [...paths, path].map((each) => () => ask(each))
    const results: number[] = []
    for (const call of passed) results.push(await call())
    expect(results).toEqual([1, 1, 1, 1, 1, 1, 0])
  })

  it('count all auth calls of an address together, and refresh not at all', async () => {
    const from = newAddress()
    const ask = (path: string, count: number) =>
      countPassed(count, `/api/v1/auth/${path}`, { method: 'POST', from })
    expect(await ask('login', 3)).toBe(3)
    expect(await ask('register', 10)).toBe(3)
    expect(await ask('login', 1)).toBe(0)
    expect(await ask('refresh', 20)).toBe(20)
    expect(await ask('login-as', 20)).toBe(20)
    expect(await countPassed(1, '/api/v1/auth/login', { method: 'POST', from: newAddress() })).toBe(
      1,
    )
  })

  it('leave sends, prekey fetches and reads of media to other limits', async () => {
    const from = newAddress()
    const headers = bearer('busy')
    about(51, await countPassed(80, '/api/v1/chats', { from, headers }))
    for (const path of ['/api/v1/messages', '/api/v1/messages/', '/api/v1/crypto/prekeys/fetch']) {
      expect(await countPassed(30, path, { method: 'POST', from, headers })).toBe(30)
    }
    expect(await countPassed(30, '/api/v1/media/download/1', { from, headers })).toBe(30)
    expect(await countPassed(1, '/api/v1/messages', { method: 'GET', from, headers })).toBe(0)
    expect(await countPassed(1, '/api/v1/messages/1', { method: 'POST', from, headers })).toBe(0)
    expect(await countPassed(1, '/api/v1/media/upload', { method: 'POST', from, headers })).toBe(0)
  })

  it('limit reads of media by token, else by address', async () => {
    const from = newAddress()
    about(601, await countPassed(750, '/api/v1/media/download/1', { from, headers: bearer('m') }))
    expect(await countPassed(5, '/api/v1/media/download/1', { from, headers: bearer('n') })).toBe(5)
    expect(await countPassed(5, '/api/v1/media/download/1', { from })).toBe(5)
  })

  it('never limit sockets, health and the page', async () => {
    const from = newAddress()
    for (const path of ['/socket.io/', '/ws', '/health', '/']) {
      expect(await countPassed(120, path, { from, headers: bearer('s') })).toBe(120)
    }
  })

  it('refuse with the envelope of the API, and say when to come back', async () => {
    const from = newAddress()
    const options = { method: 'POST', from, headers: { 'x-request-id': 'my-request' } }
    await countPassed(7, '/api/v1/auth/login', options)
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
    await countPassed(80, '/api/v1/chats', { from, headers: bearer('w') })
    const api = await edge.ask('/api/v1/chats', { from, headers: bearer('w') })
    expect(api.headers['retry-after']).toBe('1')
    expect(JSON.parse(api.body)).toMatchObject({ error: { retryAfterMs: 1000 } })
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
    expect(await countPassed(9, '/api/v1/auth/login', { method: 'POST', from })).toBe(3)
    const refused = await edge.ask('/api/v1/auth/login', { method: 'POST', from })
    expect(refused.headers['retry-after']).toBe('30')
  })

  it('must be whole numbers over 0', async () => {
    for (const value of ['0', '-5', '1.5', 'many', '']) {
      const starting = startEdge({ RATE_LIMIT_API_PER_MINUTE: value })
      // An empty variable is an absent one, as everywhere.
      if (value === '') await (await starting).stop()
      else await expect(starting).rejects.toThrow(/must be a whole number over 0/)
    }
  })
})

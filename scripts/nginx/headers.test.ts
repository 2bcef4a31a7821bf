import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Edge, type Reply, seen, startEdge } from './edge.js'

const RATES = { RATE_LIMIT_API_PER_MINUTE: '100000', RATE_LIMIT_AUTH_PER_MINUTE: '1' }

let edge: Edge
beforeAll(async () => {
  edge = await startEdge(RATES)
})
afterAll(() => edge.stop())

const SECURITY = {
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1; mode=block',
  'referrer-policy': 'strict-origin-when-cross-origin',
}

/** How often a header stands in an answer. */
function times(reply: Reply, name: string): number {
  return reply.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length
}

describe('headers that nginx sets', () => {
  const paths = [
    '/',
    '/nowhere',
    '/style.css',
    '/api/v1/chats',
    '/socket.io/',
    '/internal',
    '/api/v1/../x',
  ]

  it.each(paths)('are on %s, each exactly once', async (path) => {
    const names = [...Object.keys(SECURITY), 'content-security-policy']
    const doubles = Object.fromEntries(names.map((name) => [`x-stub-${name}`, 'of the service']))
    const reply = await edge.ask(path, { headers: doubles })
    expect(reply.headers).toMatchObject(SECURITY)
    for (const name of names) expect([name, times(reply, name)]).toEqual([name, 1])
    expect(times(reply, 'strict-transport-security')).toBe(0)
  })

  it('are on a refused request too', async () => {
    let reply = await edge.ask('/api/v1/auth/login', { method: 'POST' })
    while (reply.status === 200) reply = await edge.ask('/api/v1/auth/login', { method: 'POST' })
    expect(reply.status).toBe(429)
    expect(reply.headers).toMatchObject(SECURITY)
    expect(reply.headers['content-security-policy']).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    )
  })

  it('forbid the API to be anything but data, and keep the sandbox of a file', async () => {
    const policy = async (path: string, sent?: string) => {
      const headers = sent === undefined ? {} : { 'x-stub-content-security-policy': sent }
      return (await edge.ask(path, { headers })).headers['content-security-policy']
    }
    expect(await policy('/api/v1/chats', 'of the service')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    )
    expect(await policy('/api/v1/media/download/1', 'sandbox')).toBe('sandbox')
    expect(await policy('/api/v1/media/quota')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(await policy('/')).toContain("default-src 'self'")
  })
})

describe('headers that services get', () => {
  it('never hold the secrets by which services trust each other', async () => {
    const sent = {
      'X-Internal-Secret': 's',
      'x-internal-caller': 'cli',
      'X-On-Behalf-Of': 'u',
      'X-ON-BEHALF-DEVICE': 'd',
      'X-On-Behalf-Session': 's',
      'X-Deadline': '1',
      X_Internal_Secret: 's',
      Forwarded: 'for=1.2.3.4',
    }
    for (const path of ['/api/v1/chats', '/api/v1/media/1', '/socket.io/', '/ws', '/health']) {
      const { headers } = seen(await edge.ask(path, { headers: sent }))
      const names = Object.keys(headers).filter((name) =>
        /internal|behalf|deadline|^forwarded/.test(name),
      )
      expect([path, names]).toEqual([path, []])
    }
  })

  it('name the client by the address it called from, whatever it says', async () => {
    const headers = {
      'X-Forwarded-For': '1.2.3.4',
      'X-Real-IP': '1.2.3.4',
      'X-Forwarded-Proto': 'https',
    }
    const reply = await edge.ask('/api/v1/chats', { headers, from: '127.0.0.9' })
    expect(seen(reply).headers).toMatchObject({
      'x-forwarded-for': '127.0.0.9',
      'x-real-ip': '127.0.0.9',
      'x-forwarded-proto': 'http',
    })
  })

  it('keep the host with its port, by which origins are checked', async () => {
    const reply = await edge.ask('/socket.io/', { headers: { host: 'localhost:8080' } })
    expect(seen(reply).headers.host).toBe('localhost:8080')
  })

  it('carry the request id of the client when it is well formed, else a new one', async () => {
    const idOf = async (id: string) => {
      const reply = await edge.ask('/api/v1/chats', { headers: { 'X-Request-Id': id } })
      return seen(reply).headers['x-request-id']
    }
    expect(await idOf('abc.DEF_1-2')).toBe('abc.DEF_1-2')
    expect(await idOf('a"b')).toMatch(/^[0-9a-f]{32}$/)
    expect(await idOf('x'.repeat(129))).toMatch(/^[0-9a-f]{32}$/)
  })

  it('have the credentials of the user', async () => {
    const reply = await edge.ask('/api/v1/chats', { headers: { authorization: 'Bearer t' } })
    expect(seen(reply).headers.authorization).toBe('Bearer t')
  })
})

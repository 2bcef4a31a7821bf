import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Edge, seen, startEdge } from './edge.js'

// High rates: this file is not about them.
const RATES = { RATE_LIMIT_API_PER_MINUTE: '100000', RATE_LIMIT_AUTH_PER_MINUTE: '100000' }

let edge: Edge
beforeAll(async () => {
  edge = await startEdge(RATES)
})
afterAll(() => edge.stop())

describe('nginx routes', () => {
  it.each([
    ['/api/v1', 'main-api', '/api/v1'],
    ['/api/v1/', 'main-api', '/api/v1/'],
    ['/api/v1/chats?limit=5', 'main-api', '/api/v1/chats?limit=5'],
    ['/api/v1/chats/', 'main-api', '/api/v1/chats/'],
    ['/api/v1/mediax', 'main-api', '/api/v1/mediax'],
    ['/api/v1/media/quota', 'media', '/api/v1/media/quota'],
    ['/ws', 'websocket', '/ws'],
    ['/ws/?EIO=4', 'websocket', '/ws/?EIO=4'],
    ['/socket.io', 'websocket', '/socket.io'],
    ['/socket.io/?EIO=4&transport=polling', 'websocket', '/socket.io/?EIO=4&transport=polling'],
    ['/health', 'main-api', '/health/live'],
    ['/health/', 'main-api', '/health/live'],
  ])('%s goes to %s as %s', async (path, service, url) => {
    const reply = await edge.ask(path)
    expect(reply.status).toBe(200)
    expect(seen(reply)).toMatchObject({ service, url })
  })

  it.each(['/ws/?EIO=4&transport=websocket', '/socket.io/?EIO=4&transport=websocket'])(
    'upgrades %s to a WebSocket',
    async (path) => {
      const head = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
      const answer = await edge.send(`GET ${path} HTTP/1.1\r\n${head}\r\n`)
      expect(answer).toMatch(/^HTTP\/1.1 101 /)
      expect(answer).toContain('X-Service: websocket')
      expect(answer).toContain(`X-Path: ${path}`)
    },
  )

  it.each([
    ...['/internal', '/internal/', '/internal/v1/heads', '//internal/v1/heads', '/INTERNAL/v1'],
    ...[
      '/metrics',
      '/metrics/',
      '/Metrics',
      '/health/ready',
      '/api',
      '/api/v2/chats',
      '/%69nternal',
    ],
  ])('%s is nobody’s', async (path) => {
    const reply = await edge.ask(path)
    expect(reply.status).toBe(404)
    expect(JSON.parse(reply.body)).toEqual({
      success: false,
      error: {
        code: 'NOT_FOUND',
        message: 'No such route',
        retryable: false,
        requestId: reply.headers['x-request-id'],
      },
    })
  })

  it.each([
    ...['/api/v1/../../internal', '/api/v1/..', '/api/v1/.', '/api/v1/./chats', '/..', '/../x'],
    ...['/api/v1/%2e%2e/internal', '/api/v1/.%2E/x', '/api/v1/%2e', '/api/v1/x%2f..%2fy'],
    ...['/api/v1/%252e%252e/x', '/api/v1/x%252f%252e%252e/y', '/api/v1/..%5cx', '/api/v1/..;/x'],
    ...[
      '/api/v1/media/../../../internal',
      '/socket.io/../internal',
      '/api/v1/x\\..\\y',
      '/assets/..',
    ],
  ])('refuses the dot segment in %s', async (path) => {
    const answer = await edge.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 404 /)
    expect(answer).toContain('"code":"NOT_FOUND"')
  })

  it.each(['/api/v1/a..b', '/api/v1/...', '/api/v1/.hidden', '/api/v1/x?path=../y'])(
    'lets %s pass, which has no dot segment',
    async (path) => {
      expect((await edge.ask(path)).status).toBe(200)
    },
  )

  it('serves the page at every path that is nobody’s, and never caches it', async () => {
    for (const path of ['/', '/chats/1']) {
      const reply = await edge.ask(path)
      expect(reply.status).toBe(200)
      expect(reply.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(reply.headers['cache-control']).toBe('no-cache')
      expect(reply.body).toContain('SUP Messenger')
    }
    expect((await edge.ask('/assets/app-3f2a.js')).status).toBe(404)
  })

  it('takes 1 MiB for the API and 110 MiB for media', async () => {
    const mebibyte = 1024 ** 2
    const ask = (path: string, size: number) =>
      edge.ask(path, { method: 'POST', body: Buffer.alloc(size) })
    expect(seen(await ask('/api/v1/messages', mebibyte)).bytes).toBe(mebibyte)
    const refused = await ask('/api/v1/messages', mebibyte + 1)
    expect(refused.status).toBe(413)
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } })
    expect(seen(await ask('/api/v1/media/upload', 5 * mebibyte)).bytes).toBe(5 * mebibyte)
  })

  it('compresses what is worth it', async () => {
    const large = {
      'accept-encoding': 'gzip',
      'x-stub-content-type': 'application/json',
      'x-long': 'x'.repeat(2000),
    }
    expect((await edge.ask('/api/v1/chats', { headers: large })).headers['content-encoding']).toBe(
      'gzip',
    )
    const small = { 'accept-encoding': 'gzip', 'x-stub-content-type': 'application/json' }
    expect(
      (await edge.ask('/api/v1/chats', { headers: small })).headers['content-encoding'],
    ).toBeUndefined()
  })

  it('leaves the errors of services as they are', async () => {
    for (const status of [400, 404, 413, 429, 500, 503]) {
      const reply = await edge.ask(`/api/v1/chats?status=${status}`)
      expect(reply.status).toBe(status)
      expect(seen(reply).service).toBe('main-api')
    }
  })
})

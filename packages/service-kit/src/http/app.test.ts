import { describe, expect, it } from '@jest/globals'
import { endpoint } from '@sup/types'
import request from 'supertest'
import { appOf, echoApp, echoPath, none, read } from '../../test/app.js'
import { createMetrics } from '../metrics/index.js'
import { testClock } from '../clock/index.js'
import { capturedLog } from '../../test/captured-log.js'
import { createApp, healthChecks } from './index.js'

const { app } = echoApp({ allowedOrigins: ['https://app.example'] })

describe('routes', () => {
  it('answers 404 in the envelope', async () => {
    const res = await request(app).get('/api/v1/nothing')
    expect(res.status).toBe(404)
    expect(res.body).toEqual({
      success: false,
      error: expect.objectContaining({ code: 'NOT_FOUND', requestId: res.headers['x-request-id'] }),
    })
  })

  it('answers 405 with Allow where the path exists', async () => {
    const res = await request(app).delete(echoPath)
    expect(res.status).toBe(405)
    expect(res.headers['allow']).toBe('POST')
    expect(res.body.error.code).toBe('METHOD_NOT_ALLOWED')
  })

  it('takes HEAD for GET', async () => {
    const { app } = appOf((serveOne) => {
      serveOne(read, (_caller, { params }) => Promise.resolve(params))
    })
    const head = await request(app).head('/api/v1/things/1').set('Authorization', 'Bearer alice')
    const put = await request(app).put('/api/v1/things/1')
    expect(head.status).toBe(200)
    expect(put.headers['allow']).toBe('GET, HEAD')
  })

  it('accepts a trailing slash without redirecting', async () => {
    const res = await request(app).post(`${echoPath}/`).set('Authorization', 'Bearer alice')
    expect(res.status).toBe(200)
  })

  it('tells upper from lower case', async () => {
    expect((await request(app).post(echoPath.replace('api', 'API'))).status).toBe(404)
  })

  it('lets a literal segment win over a parameter, whatever was mounted first', async () => {
    const unread = endpoint({ ...read, path: '/api/v1/things/unread', params: none })
    const { app } = appOf((serveOne) => {
      serveOne(read, () => Promise.resolve({ id: 'parameter' }))
      serveOne(unread, () => Promise.resolve({ id: 'literal' }))
    })
    const get = (path: string) => request(app).get(path).set('Authorization', 'Bearer alice')
    expect((await get('/api/v1/things/unread')).body.data.id).toBe('literal')
    expect((await get('/api/v1/things/1')).body.data.id).toBe('parameter')
  })

  it.each(['/api/v1/echo/%', '/api/v1/echo/%ff'])('refuses the path %s', async (path) => {
    const res = await request(app).post(path).set('Authorization', 'Bearer alice')
    expect(res.status).toBe(400)
    expect(res.body.error.code).toBe('VALIDATION_ERROR')
  })

  it('refuses a URL over 8 KiB', async () => {
    const res = await request(app).post(`${echoPath}?q=${'x'.repeat(8192)}`)
    expect(res.status).toBe(413)
    expect(res.body.error.code).toBe('PAYLOAD_TOO_LARGE')
  })

  it('refuses to start with endpoints and without authentication', () => {
    expect(() => echoApp({ authenticate: undefined as never })).toThrow('authenticate')
  })
})

describe('headers', () => {
  it('leaves to nginx what nginx sets, and sets it itself without nginx', async () => {
    const names = [
      'x-frame-options',
      'x-content-type-options',
      'x-xss-protection',
      'referrer-policy',
      'strict-transport-security',
      'content-security-policy',
    ]
    const behind = await request(app).get('/health/live')
    const direct = await request(echoApp({ behindProxy: false }).app).get('/health/live')
    expect(names.filter((name) => name in behind.headers)).toEqual([])
    expect(names.filter((name) => !(name in direct.headers))).toEqual([])
    expect(behind.headers).not.toHaveProperty('x-powered-by')
  })

  it('answers a listed origin with credentials and others without any CORS header', async () => {
    const corsOf = async (origin: string) => {
      const res = await request(app).get('/health/live').set('Origin', origin)
      expect(res.headers['vary']).toContain('Origin')
      return Object.entries(res.headers).filter(([name]) => name.startsWith('access-control'))
    }
    expect(Object.fromEntries(await corsOf('https://app.example'))).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
    })
    for (const origin of ['https://evil.example', 'https://app.example.evil', 'null']) {
      expect(await corsOf(origin)).toEqual([])
    }
  })

  it('answers a preflight, and lets any origin in without credentials for *', async () => {
    const preflight = await request(app)
      .options(echoPath)
      .set('Origin', 'https://app.example')
      .set('Access-Control-Request-Method', 'POST')
    expect(preflight.status).toBe(200)
    expect(preflight.headers['access-control-allow-headers']).toContain('Idempotency-Key')

    const open = echoApp({ allowedOrigins: ['*'] }).app
    const res = await request(open).get('/health/live').set('Origin', 'https://any.example')
    expect(res.headers['access-control-allow-origin']).toBe('*')
    expect(res.headers).not.toHaveProperty('access-control-allow-credentials')
  })

  it('believes X-Forwarded-For only from a trusted proxy', async () => {
    const seen: string[] = []
    const serveIp = (trustedProxies: string[]) =>
      appOf(
        (serveOne) => {
          serveOne({ ...read, auth: 'open' }, (caller, { params }) => {
            seen.push(caller.ip)
            return Promise.resolve(params)
          })
        },
        { trustedProxies },
      ).app
    for (const proxies of [['loopback'], ['10.0.0.1']]) {
      await request(serveIp(proxies)).get('/api/v1/things/1').set('X-Forwarded-For', '198.51.100.1')
    }
    expect(seen).toEqual(['198.51.100.1', '127.0.0.1'])
  })
})

describe('health and metrics', () => {
  const start = (checks: Record<string, () => Promise<unknown>>, readyWhen: string[]) => {
    const { log, lines } = capturedLog()
    const clock = testClock('2026-01-01T00:00:00.000Z')
    const health = healthChecks(checks, { readyWhen, log, clock })
    const metrics = createMetrics({ service: 'main-api' })
    const app = createApp({ service: 'main-api', log, metrics, health, routers: [], clock })
    return { app, health, lines, clock }
  }
  const ok = () => Promise.resolve('PONG')
  const fail = () => Promise.reject(new Error('away'))

  it('answers the document of the wire contract', async () => {
    const { app } = start({ database: ok, redis: ok, rabbitmq: ok }, ['database'])
    const res = await request(app).get('/health')
    expect(res.status).toBe(200)
    expect(res.body).toEqual({
      status: 'healthy',
      timestamp: '2026-01-01T00:00:00.000Z',
      service: 'main-api',
      version: '1.0.0',
      checks: { database: 'ok', redis: 'ok', rabbitmq: 'ok' },
    })
  })

  it('is unhealthy without Redis, but ready when it can work without', async () => {
    const { app, lines } = start({ database: ok, redis: fail }, ['database'])
    const health = await request(app).get('/health')
    expect(health.status).toBe(503)
    expect(health.body).toMatchObject({
      status: 'unhealthy',
      checks: { database: 'ok', redis: 'error' },
    })
    expect((await request(app).get('/health/ready')).status).toBe(200)
    expect((await request(app).get('/health/live')).body).toEqual({ status: 'ok' })
    expect(lines.map(({ message }) => message)).toContain('Redis health check failed:')
  })

  it('is not ready without what it needs, and not while it drains', async () => {
    const { app, lines } = start({ database: fail }, ['database'])
    expect((await request(app).get('/health/ready')).status).toBe(503)
    expect(lines.map(({ message }) => message)).toContain('Database health check failed:')

    const draining = start({ database: ok }, ['database'])
    draining.health.drain()
    expect((await request(draining.app).get('/health/ready')).status).toBe(503)
    expect((await request(draining.app).get('/health/live')).status).toBe(200)
  })

  it('gives each check a second and asks again after two', async () => {
    let calls = 0
    const hang = () => {
      calls += 1
      return new Promise(() => undefined)
    }
    const { app, clock } = start({ database: hang }, ['database'])
    const began = Date.now()
    await Promise.all([request(app).get('/health'), request(app).get('/health/ready')])
    expect(Date.now() - began).toBeLessThan(1900)
    clock.advance(1999)
    await request(app).get('/health')
    expect(calls).toBe(1)
    clock.advance(1)
    expect((await request(app).get('/health')).body.checks).toEqual({ database: 'error' })
    expect(calls).toBe(2)
  })

  it('counts requests under their template, never under an id', async () => {
    const { app } = echoApp()
    await request(app).post(echoPath).set('Authorization', 'Bearer alice')
    await request(app).get('/api/v1/unknown/4711')
    const res = await request(app).get('/metrics')
    expect(res.headers['content-type']).toContain('text/plain')
    expect(res.text).toContain(
      'http_request_duration_seconds_count{method="POST",route="/api/v1/echo/:id",status_code="200"} 1',
    )
    expect(res.text).toContain(
      'http_request_duration_seconds_count{method="GET",route="unmatched",status_code="404"} 1',
    )
    expect(res.text).not.toMatch(/4711|0193b8a0/)
  })
})

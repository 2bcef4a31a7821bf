import { describe, expect, it } from '@jest/globals'
import type { RateClass } from '@sup/types'
import request from 'supertest'
import { ALICE, appOf, read } from '../../test/app.js'
import { type Identity, type Limiter, addressKey } from './index.js'

function setUp(options: {
  limit?: RateClass
  identity?: Identity
  refuses?: string
  auth?: 'open' | 'service'
}) {
  const taken: string[] = []
  const limiter: Limiter = {
    take: (rateClass, key) => {
      taken.push(`${rateClass} ${key}`)
      const isAllowed = rateClass !== options.refuses
      if (rateClass === 'unknown') return Promise.resolve(undefined)
      return Promise.resolve({
        allowed: isAllowed,
        quota: 100,
        windowSeconds: 60,
        remaining: isAllowed ? 149 : 0,
        resetMs: 11_200,
        retryAfterMs: isAllowed ? 0 : 600,
      })
    },
  }
  const { auth, limit, identity = { kind: 'user', ...ALICE } } = options
  const spec = { ...read, ...(auth ? { auth } : {}), ...(limit ? { limit } : {}) }
  const { app, metrics } = appOf(
    (serveOne) => {
      serveOne(spec, () => Promise.resolve({ id: '1' }))
    },
    { limiter, authenticate: () => Promise.resolve(identity) },
  )
  const call = () => request(app).get('/api/v1/things/1').set('X-Forwarded-For', '203.0.113.9')
  return { taken, call, metrics }
}

describe('rate limits', () => {
  it('say policy and state in the form of the wire contract', async () => {
    const { call, taken } = setUp({})
    const res = await call()
    expect(res.status).toBe(200)
    expect(res.headers['ratelimit-policy']).toBe('"api";q=100;w=60')
    expect(res.headers['ratelimit']).toBe('"api";r=149;t=12')
    expect(taken).toEqual([`api ${ALICE.userId}`])
  })

  it('refuse with 429, Retry-After, and a count', async () => {
    const { call, metrics } = setUp({ refuses: 'api' })
    const res = await call()
    expect(res.status).toBe(429)
    expect(res.headers['retry-after']).toBe('1')
    expect(res.body.error).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfterMs: 600,
    })
    expect(await metrics.text()).toContain('sup_rate_limited_total{class="api"} 1')
  })

  it.each<[RateClass, string[]]>([
    ['api', [`api ${ALICE.userId}`]],
    ['search', [`api ${ALICE.userId}`, `search ${ALICE.userId}`]],
    ['auth', [`api ${ALICE.userId}`, 'auth 203.0.113.9']],
    ['message', [`message ${ALICE.userId}`]],
    ['none', []],
  ])('count class %s', async (limit, expected) => {
    const { call, taken } = setUp({ limit })
    await call()
    expect(taken).toEqual(expected)
  })

  it('count a caller who is not logged in by address', async () => {
    const { call, taken } = setUp({ identity: { kind: 'nobody' }, auth: 'open' })
    await call()
    expect(taken).toEqual(['api 203.0.113.9'])
  })

  it('count the user for whom a service acts, and no service that acts for itself', async () => {
    const service = { kind: 'service', service: 'websocket-service' } as const
    const forAlice = setUp({ identity: { ...service, onBehalfOf: ALICE } })
    await forAlice.call()
    expect(forAlice.taken).toEqual([`api ${ALICE.userId}`])

    const alone = setUp({ identity: service, auth: 'service' })
    expect((await alone.call()).status).toBe(200)
    expect(alone.taken).toEqual([])
  })
})

describe('addressKey', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key)
  })
})

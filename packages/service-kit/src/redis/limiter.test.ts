import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../test/eventually.js'
import { openRedis } from '../../test/redis.js'
import { testServer } from '../../test/servers.js'
import { startProxy } from '../../test/tcp-proxy.js'
import { type Redis, bucketRates, createLimiter, rateClasses } from './index.js'

const DEFAULTS = {
  RATE_LIMIT_API_PER_MINUTE: 100,
  RATE_LIMIT_AUTH_PER_MINUTE: 5,
  RATE_LIMIT_MESSAGES_PER_MINUTE: 300,
}

describe('createLimiter', () => {
  let redis: Redis
  beforeAll(async () => {
    ;({ redis } = await openRedis())
  })
  afterAll(() => redis.close())
  const limiter = (rates = DEFAULTS) => createLimiter({ redis, classes: rateClasses(rates) })

  it('lets one and a half times the rate pass at once, then what flows in', async () => {
    const { take } = limiter({ ...DEFAULTS, RATE_LIMIT_API_PER_MINUTE: 6 })
    const key = randomUUID()
    const first = await take('api', key)
    expect(first).toMatchObject({ allowed: true, quota: 6, windowSeconds: 60, remaining: 8 })
    const others = await Promise.all(Array.from({ length: 8 }, () => take('api', key)))
    expect(others.every((result) => result?.allowed)).toBe(true)
    const refused = await take('api', key)
    expect(refused).toMatchObject({ allowed: false, remaining: 0 })
    expect(refused?.retryAfterMs).toBeGreaterThan(5_000)
    expect(refused?.retryAfterMs).toBeLessThanOrEqual(10_000)
  })

  it('lets five log-ins pass, counted exactly under concurrency', async () => {
    const { take } = limiter()
    const key = randomUUID()
    const results = await Promise.all(Array.from({ length: 20 }, () => take('auth', key)))
    expect(results.filter((result) => result?.allowed)).toHaveLength(5)
    const refused = await take('auth', key)
    expect(refused).toMatchObject({ allowed: false, quota: 5, remaining: 0 })
    // One flows in each twelve seconds.
    expect(refused?.retryAfterMs).toBeGreaterThan(5000)
    expect(refused?.retryAfterMs).toBeLessThanOrEqual(12_000)
  })

  it('counts failures: taken before, given back when harmless, looked at without counting', async () => {
    const { take, peek, giveBack } = limiter()
    const key = randomUUID()
    expect(await peek('failed-log-ins', key)).toMatchObject({ allowed: true, remaining: 10 })
    for (let i = 0; i < 10; i++) {
      expect(await take('failed-log-ins', key)).toMatchObject({ allowed: true })
    }
    expect(await peek('failed-log-ins', key)).toMatchObject({ allowed: false })
    await giveBack('failed-log-ins', key)
    expect(await peek('failed-log-ins', key)).toMatchObject({ allowed: true, remaining: 1 })
    expect(await take('failed-log-ins', key)).toMatchObject({ allowed: true })
    expect(await take('failed-log-ins', key)).toMatchObject({ allowed: false })
  })

  it('keeps keys and classes apart and does not limit what it does not know', async () => {
    const { take } = limiter()
    const key = randomUUID()
    for (let i = 0; i < 5; i++) await take('auth', key)
    expect(await take('auth', randomUUID())).toMatchObject({ allowed: true })
    expect(await take('search', key)).toMatchObject({ allowed: true, quota: 30, remaining: 29 })
    expect(await take('unknown', key)).toBeUndefined()
  })

  it('writes under rl:{class}:{key}', async () => {
    const key = randomUUID()
    await limiter().take('auth', key)
    await limiter().take('api', key)
    expect(await redis.command.exists(`rl:auth:${key}`, `rl:api:${key}`)).toBe(2)
  })

  it('goes on limiting, by itself and at once, while Redis is away', async () => {
    const proxy = await startProxy(testServer('REDIS_URL'))
    const { redis: broken } = await openRedis(proxy.url)
    const { take } = createLimiter({
      redis: broken,
      classes: rateClasses({ ...DEFAULTS, RATE_LIMIT_API_PER_MINUTE: 6 }),
    })
    const key = randomUUID()
    proxy.cut()
    await eventually(() => broken.command.status !== 'ready')

    const began = Date.now()
    for (const rateClass of ['auth', 'api', 'failed-log-ins']) {
      const results = await Promise.all(Array.from({ length: 200 }, () => take(rateClass, key)))
      const passed = results.filter((result) => result?.allowed).length
      expect([rateClass, passed]).toEqual([rateClass, { auth: 5, api: 9 }[rateClass] ?? 10])
    }
    expect(Date.now() - began).toBeLessThan(1000)
    proxy.heal()
    await broken.close()
    await proxy.close()
  })
})

describe('the numbers of wire-contract 15.1', () => {
  it('follow the environment, fractions rounded up', () => {
    const classes = rateClasses({
      RATE_LIMIT_API_PER_MINUTE: 33,
      RATE_LIMIT_AUTH_PER_MINUTE: 7,
      RATE_LIMIT_MESSAGES_PER_MINUTE: 301,
    })
    expect(classes).toMatchObject({
      api: { perMinute: 33, capacity: 50 },
      auth: { perMinute: 7, capacity: 7 },
      media: { perMinute: 396, capacity: 198 },
      message: { perMinute: 301, capacity: 61 },
      'failed-log-ins': { points: 10, seconds: 3600 },
      search: { perMinute: 30, capacity: 30 },
    })
  })

  it('never forbid the load they protect', () => {
    expect(bucketRates(DEFAULTS)).toEqual({
      message: { rate: 5, burst: 60 },
      socketEvents: { rate: 20, burst: 40 },
      typing: { rate: 1, burst: 1 },
      handshakes: { rate: 200, burst: 400 },
    })
    expect(
      bucketRates({ RATE_LIMIT_API_PER_MINUTE: 1000, RATE_LIMIT_MESSAGES_PER_MINUTE: 6000 }),
    ).toMatchObject({
      socketEvents: { rate: 400, burst: 800 },
      handshakes: { rate: 2000, burst: 4000 },
    })
  })
})

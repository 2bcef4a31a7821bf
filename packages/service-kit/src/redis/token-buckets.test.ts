import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../test/eventually.js'
import { openRedis } from '../../test/redis.js'
import { testServer } from '../../test/servers.js'
import { startProxy } from '../../test/tcp-proxy.js'
import { testClock } from '../clock/index.js'
import { localBuckets } from './local-buckets.js'
import { type BucketTake, type Redis, type TokenBuckets, tokenBuckets } from './index.js'

const newKey = (): string => `rl:test:${randomUUID()}`
const bucket = (more: Partial<BucketTake> = {}): BucketTake => ({
  key: newKey(),
  rate: 10,
  burst: 3,
  count: 1,
  ...more,
})

describe('tokenBuckets', () => {
  let redis: Redis
  let buckets: TokenBuckets
  beforeAll(async () => {
    ;({ redis } = await openRedis())
    buckets = tokenBuckets(redis)
  })
  afterAll(() => redis.close())

  it('lets the burst pass at once and then as much as flows in', async () => {
    const one = bucket({ rate: 1 })
    const results = await buckets.take([one, one, one, one])
    expect(results.map(({ allowed }) => allowed)).toEqual([true, true, true, false])
    expect(results.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0])
    const wait = results[3]?.retryAfterMs ?? 0
    expect(wait).toBeGreaterThan(900)
    expect(wait).toBeLessThanOrEqual(1000)
  })

  it('lets one pass again after the time it named', async () => {
    const one = bucket({ rate: 20, burst: 1 })
    await buckets.take([one])
    const [refused] = await buckets.take([one])
    expect(refused?.allowed).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, (refused?.retryAfterMs ?? 0) + 2))
    expect((await buckets.take([one]))[0]?.allowed).toBe(true)
  })

  it('keeps buckets apart, in the order of the call', async () => {
    const empty = bucket({ count: 3 })
    const full = bucket()
    await buckets.take([empty])
    expect((await buckets.take([full, empty, full])).map(({ allowed }) => allowed)).toEqual([
      true,
      false,
      true,
    ])
  })

  it('takes several or none, never a part', async () => {
    const one = bucket({ rate: 0.001 })
    const take = async (count: number) => (await buckets.take([{ ...one, count }]))[0]
    expect(await take(2)).toMatchObject({ allowed: true, remaining: 1 })
    expect(await take(2)).toMatchObject({ allowed: false, remaining: 1 })
    expect(await take(1)).toMatchObject({ allowed: true, remaining: 0 })
    expect(await take(4)).toMatchObject({ allowed: false })
  })

  it('looks with 0 and gives back with less, up to full', async () => {
    const one = bucket({ rate: 0.001 })
    const take = async (count: number) => (await buckets.take([{ ...one, count }]))[0]
    await take(3)
    expect(await take(0)).toMatchObject({ allowed: true, remaining: 0 })
    await take(-1)
    expect(await take(0)).toMatchObject({ allowed: true, remaining: 1 })
    await take(-10)
    expect(await take(4)).toMatchObject({ allowed: false, remaining: 3 })
  })

  it('counts exactly under concurrency', async () => {
    const one = bucket({ rate: 0.001, burst: 50 })
    const results = await Promise.all(Array.from({ length: 200 }, () => buckets.take([one])))
    expect(results.flat().filter(({ allowed }) => allowed)).toHaveLength(50)
  })

  it('shares buckets between processes and leaves nothing behind', async () => {
    const one = bucket({ rate: 20, burst: 2 })
    const { redis: other } = await openRedis()
    await buckets.take([one])
    await tokenBuckets(other).take([one])
    expect((await buckets.take([one]))[0]?.allowed).toBe(false)
    await other.close()
    expect(await redis.command.pttl(one.key)).toBeGreaterThan(0)
    await eventually(async () => (await redis.command.exists(one.key)) === 0)
  })

  it('survives a Redis that was emptied, script and all', async () => {
    await redis.command.script('FLUSH')
    expect((await buckets.take([bucket()]))[0]?.allowed).toBe(true)
  })

  it('asks nobody for nothing', async () => {
    expect(await buckets.take([])).toEqual([])
  })
})

describe('without Redis', () => {
  it('each process counts by itself, at once, with the same numbers', async () => {
    const proxy = await startProxy(testServer('REDIS_URL'))
    const { redis } = await openRedis(proxy.url)
    const buckets = tokenBuckets(redis)
    const one = bucket({ rate: 1 })
    proxy.cut()
    await eventually(() => redis.command.status !== 'ready')

    const began = Date.now()
    const results = await buckets.take([one, one, one, one])

    expect(results.map(({ allowed }) => allowed)).toEqual([true, true, true, false])
    expect(Date.now() - began).toBeLessThan(100)
    proxy.heal()
    await redis.close()
    await proxy.close()
  })

  it('and when Redis is silent, after the time limit of a command', async () => {
    const proxy = await startProxy(testServer('REDIS_URL'))
    const { redis } = await openRedis(proxy.url)
    proxy.freeze()
    const began = Date.now()
    const [result] = await tokenBuckets(redis).take([bucket()])
    expect(result?.allowed).toBe(true)
    expect(Date.now() - began).toBeLessThan(1200)
    proxy.heal()
    await redis.close()
    await proxy.close()
  })

  it('flows as time passes, and is not fooled by a clock that goes back', () => {
    const clock = testClock('2026-01-01T00:00:00.000Z')
    const local = localBuckets(clock)
    const one = bucket({ rate: 1, burst: 2 })
    const take = () => local.take([one])[0]
    expect([take(), take(), take()].map((result) => result?.allowed)).toEqual([true, true, false])
    expect(take()?.retryAfterMs).toBe(1000)
    clock.advance(1000)
    expect([take(), take()].map((result) => result?.allowed)).toEqual([true, false])
    clock.advance(-3_600_000)
    expect(take()).toMatchObject({ allowed: false, retryAfterMs: 1000 })
  })
})

import { afterEach, describe, expect, it } from '@jest/globals'
import { jobType } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { capturedLog } from '../../test/captured-log.js'
import { eventually } from '../../test/eventually.js'
import { openRedis } from '../../test/redis.js'
import { testServer } from '../../test/servers.js'
import { startProxy } from '../../test/tcp-proxy.js'
import { PermanentFailure } from '../duties/index.js'
import { createMetrics } from '../metrics/index.js'
import { createJobQueue, onJob } from './index.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const tidy = jobType('tidy', z.object({ room: z.string() }), {
  summary: 'Tidy a room',
  attempts: 2,
  timeoutMs: 5000,
})

function open({ name = `kit-${randomUUID()}`, redisUrl = testServer('REDIS_URL') } = {}) {
  const { log, lines } = capturedLog()
  const metrics = createMetrics({ service: 'test' })
  const queue = createJobQueue({ name, redisUrl, log, metrics })
  ends.push(() => queue.close(1000))
  return { name, queue, lines, metrics }
}

async function keysOf(
  name: string,
): Promise<{ forget: () => Promise<void>; keys: () => Promise<string[]> }> {
  const { redis } = await openRedis()
  ends.push(redis.close)
  const keys = () => redis.command.keys(`bull:${name}:*`)
  return {
    keys,
    async forget() {
      for (const key of await keys()) await redis.command.del(key)
    },
  }
}

describe('a job', () => {
  it('is executed with its payload', async () => {
    const { queue, name, metrics } = open()
    const seen: unknown[] = []
    queue.process([onJob(tidy, (payload, job) => Promise.resolve(void seen.push([payload, job])))])
    await queue.add(tidy, { room: 'attic' }, { jobId: 'j-1' })
    await eventually(() => seen.length > 0)
    expect(seen).toEqual([[{ room: 'attic' }, { id: 'j-1', name: 'tidy', attempt: 1 }]])
    await eventually(async () =>
      (await metrics.text()).includes(
        `sup_jobs_total{queue="${name}",name="tidy",result="done"} 1`,
      ),
    )
  })

  it('is added once per id while it waits', async () => {
    const { queue } = open()
    const seen: string[] = []
    for (let i = 0; i < 5; i++) await queue.add(tidy, { room: 'a' }, { jobId: 'same' })
    expect(await queue.depth()).toEqual({ waiting: 1, active: 0, delayed: 0, failed: 0 })
    queue.process([onJob(tidy, ({ room }) => Promise.resolve(void seen.push(room)))])
    await queue.add(tidy, { room: 'b' }, { jobId: 'other' })
    await eventually(() => seen.length === 2)
    expect(seen).toEqual(['a', 'b'])
  })

  it('is tried again with a pause, and leaves nothing behind when it is done', async () => {
    const { queue, name } = open()
    const times: number[] = []
    queue.process([
      onJob(tidy, () => {
        times.push(Date.now())
        return times.length === 1 ? Promise.reject(new Error('later')) : Promise.resolve()
      }),
    ])
    await queue.add(tidy, { room: 'a' }, { jobId: 'j' })
    await eventually(() => times.length === 2)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1900)
    const { keys } = await keysOf(name)
    await eventually(async () => !(await keys()).includes(`bull:${name}:j`))
  })

  it('that failed for good can be added again under its id', async () => {
    const { queue, lines } = open()
    let runs = 0
    queue.process([
      onJob(tidy, () => {
        runs += 1
        return runs === 1 ? Promise.reject(new PermanentFailure('gone')) : Promise.resolve()
      }),
    ])
    await queue.add(tidy, { room: 'a' }, { jobId: 'j' })
    await eventually(() => lines.some(({ message }) => message === 'A job failed for good'))
    await eventually(async () => {
      await queue.add(tidy, { room: 'a' }, { jobId: 'j' })
      return runs === 2
    })
  })

  it('with a payload that does not fit, or of an unknown kind, fails at once', async () => {
    const { queue, lines } = open()
    const other = jobType('other', z.object({ room: z.number() }), {
      summary: 'Other',
      attempts: 3,
      timeoutMs: 1000,
    })
    let runs = 0
    queue.process([onJob(tidy, () => Promise.resolve(void (runs += 1)))])
    await queue.add({ ...tidy, payload: z.any() as never }, { room: 7 } as never, { jobId: 'a' })
    await queue.add(other, { room: 7 }, { jobId: 'b' })
    await eventually(
      () => lines.filter(({ message }) => message === 'A job failed for good').length === 2,
    )
    expect(runs).toBe(0)
    // Another attempt would wait among the delayed ones.
    expect(await queue.depth()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 2 })
  })
})

describe('a schedule', () => {
  it('makes one job per instant, however many processes assert it', async () => {
    const name = `kit-${randomUUID()}`
    const seen: number[] = []
    for (let i = 0; i < 3; i++) {
      const { queue } = open({ name })
      queue.process([onJob(tidy, () => Promise.resolve(void seen.push(Date.now())))])
      await queue.schedule(tidy, { room: 'a' }, { everyMs: 500, jobId: 'hourly' })
    }
    const began = Date.now()
    await eventually(() => seen.length >= 4)
    const periods = (Date.now() - began) / 500
    expect(seen.length).toBeLessThanOrEqual(Math.ceil(periods) + 1)
  })

  it('survives a Redis that was emptied', async () => {
    const { queue, name } = open()
    const seen: number[] = []
    queue.process([onJob(tidy, () => Promise.resolve(void seen.push(1)))])
    await queue.schedule(tidy, { room: 'a' }, { everyMs: 300, jobId: 'often' })
    await eventually(() => seen.length > 0)
    const { forget } = await keysOf(name)
    await forget()
    const before = seen.length
    await eventually(() => seen.length > before + 1)
  })

  it('replaces the one of an older release', async () => {
    const name = `kit-${randomUUID()}`
    const { queue: old } = open({ name })
    await old.schedule(tidy, { room: 'a' }, { everyMs: 100_000, jobId: 'x' })
    await old.close(1000)
    const { queue } = open({ name })
    await queue.schedule(tidy, { room: 'a' }, { everyMs: 200_000, jobId: 'x' })
    expect(await queue.depth()).toMatchObject({ delayed: 1 })
  })
})

describe('without Redis', () => {
  it('says so in time and works again when it is back', async () => {
    const proxy = await startProxy(testServer('REDIS_URL'))
    ends.push(proxy.close)
    const { queue } = open({ redisUrl: proxy.url })
    await queue.add(tidy, { room: 'a' }, { jobId: 'first' })
    proxy.cut()
    const began = Date.now()
    await expect(queue.add(tidy, { room: 'a' }, { jobId: 'second' })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    expect(Date.now() - began).toBeLessThan(6000)
    proxy.heal()
    await eventually(async () => {
      await queue.add(tidy, { room: 'a' }, { jobId: 'third' })
      return true
    })
  })
})

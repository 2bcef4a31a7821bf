import { afterEach, describe, expect, it } from '@jest/globals'
import { jobType } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { capturedLog } from '../../test/captured-log.js'
import { eventually } from '../../test/eventually.js'
import { testServer } from '../../test/servers.js'
import { PermanentFailure } from '../duties/index.js'
import { createMetrics } from '../metrics/index.js'
import { createJobDesk, createJobQueue, onJob } from './index.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const tidy = jobType('tidy', z.object({ room: z.string() }), {
  summary: 'Tidy a room',
  attempts: 2,
  timeoutMs: 5000,
})

/** A queue whose jobs fail for good until it is healed, and a desk beside it. */
function open() {
  const name = `kit-${randomUUID()}`
  const { log } = capturedLog()
  const redisUrl = testServer('REDIS_URL')
  const queue = createJobQueue({ name, redisUrl, log, metrics: createMetrics({ service: 'test' }) })
  const desk = createJobDesk({ redisUrl, log })
  ends.push(
    () => queue.close(1000),
    () => desk.close(),
  )
  const runs: { room: string; attempt: number }[] = []
  let isBroken = true
  queue.process([
    onJob(tidy, ({ room }, { attempt }) => {
      runs.push({ room, attempt })
      return isBroken ? Promise.reject(new PermanentFailure('no\nbroom')) : Promise.resolve()
    }),
  ])
  const failed = async (): Promise<number> => (await desk.counts(name)).failed
  const add = (room: string, jobId: string): Promise<void> => queue.add(tidy, { room }, { jobId })
  return {
    name,
    desk,
    runs,
    failed,
    add,
    heal: () => {
      isBroken = false
    },
    failOne: async (jobId = 'j') => {
      await add('attic', jobId)
      await eventually(async () => (await failed()) === 1)
    },
  }
}

describe('a failed job', () => {
  it('is kept with its reason, and without what it is about', async () => {
    const { name, desk, failOne } = open()
    await failOne()
    expect(await desk.list(name, 'failed', 10)).toEqual([
      {
        id: 'j',
        name: 'tidy',
        state: 'failed',
        attempts: 1,
        addedAt: expect.stringMatching(/Z$/),
        finishedAt: expect.stringMatching(/Z$/),
        failedReason: 'no broom',
      },
    ])
  })

  it('makes way when its id is added again, with the new payload and all attempts', async () => {
    const { failOne, add, runs, heal, failed } = open()
    await failOne()
    heal()
    await add('cellar', 'j')
    await eventually(() => runs.length === 2)
    expect(runs[1]).toEqual({ room: 'cellar', attempt: 1 })
    expect(await failed()).toBe(0)
  })

  it('is executed once when many add it again at once', async () => {
    const { failOne, add, runs, heal, failed } = open()
    await failOne()
    heal()
    await Promise.all(Array.from({ length: 20 }, () => add('attic', 'j')))
    await add('attic', 'last')
    // The last one is executed after all that were added before it.
    await eventually(async () => runs.length >= 3 && (await failed()) === 0)
    expect(runs).toHaveLength(3)
  })

  it('begins anew when somebody asks for it, once', async () => {
    const { name, desk, failOne, runs, heal, failed } = open()
    await failOne()
    heal()
    const outcomes = await Promise.all([desk.retry(name, 'j'), desk.retry(name, 'j')])
    expect(outcomes.filter(Boolean).length).toBeLessThanOrEqual(1)
    await eventually(() => runs.length === 2)
    expect(runs[1]).toEqual({ room: 'attic', attempt: 1 })
    await eventually(async () => (await failed()) === 0)
    expect(await desk.retry(name, 'j')).toBe(false)
    expect(await desk.retry(name, 'never')).toBe(false)
  })

  it('goes when a thousand newer ones have failed', async () => {
    const { name, desk, add, failed } = open()
    for (let i = 0; i < 1010; i += 101) {
      await Promise.all(Array.from({ length: 101 }, (_x, k) => add('attic', `j-${i + k}`)))
    }
    await eventually(async () => {
      const { waiting, active } = await desk.counts(name)
      return waiting + active === 0
    })
    expect(await failed()).toBe(1000)
  })
})

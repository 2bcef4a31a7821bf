import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { RunningService } from '@sup/testkit'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import { executeCleanup } from './jobs.js'

const EVERY_MS = 1000

jest.setTimeout(SLOWEST_MS)

describe('the schedule of prune-sessions', () => {
  let ground: TestGround
  let mainApi: RunningService
  let workers: [Deps, Deps]

  beforeAll(async () => {
    ground = await openGround()
    mainApi = await ground.startMainApi()
    const config = { MAIN_API_INTERNAL_URL: mainApi.internalUrl }
    workers = [ground.deps({ config }), ground.deps({ config })]
    for (const worker of workers) executeCleanup(worker, { pruneSessions: EVERY_MS })
  })
  afterAll(() => ground.stop())

  const runs = (): Promise<number> =>
    workers[0].db.one(
      `SELECT count(*) FROM processed_jobs WHERE name = 'prune-sessions'`,
      [],
      (row: { count: number }) => row.count,
    )
  const runsBeyond = (count: number): Promise<unknown> =>
    until(`more than ${count} runs`, async () => (await runs()) > count)

  it('runs once per instant on all workers together, also after Redis was emptied', async () => {
    await runsBeyond(2)
    await ground.flushRedis()
    const before = await runs()
    await runsBeyond(before + 2)
    await Promise.all(workers.map((worker) => worker.cleanupJobs.close()))

    const text = await (await fetch(`${mainApi.url}/metrics`)).text()
    const line =
      /^http_request_duration_seconds_count\{.*\/jobs\/:name.*status_code="200".*\} (\d+)$/m
    expect(Number(line.exec(text)?.[1])).toBe(await runs())
  })

  it('forgets confirmations after a month', async () => {
    const [{ db }] = workers
    await db.none(
      `INSERT INTO processed_jobs (id, queue, name, processed_at)
       VALUES ('old', 'cleanup', 'prune-sessions', now() - interval '31 days'),
              ('young', 'cleanup', 'prune-sessions', now() - interval '29 days')`,
    )
    executeCleanup(ground.deps({ config: { MAIN_API_INTERNAL_URL: mainApi.internalUrl } }), {
      pruneSessions: EVERY_MS,
    })
    const isThere = async (id: string): Promise<boolean> =>
      (await db.oneOrNone('SELECT 1 FROM processed_jobs WHERE id = $1', [id])) !== null
    await until('the old one is gone', async () => !(await isThere('old')))
    expect(await isThere('young')).toBe(true)
  })
})

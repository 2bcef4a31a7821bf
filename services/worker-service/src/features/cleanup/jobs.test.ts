import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { outbox } from '@sup/service-kit/postgres'
import type { RunningService } from '@sup/testkit'
import { randomUUID } from 'node:crypto'
import { type Cuttable, cuttable } from '../../../test/cuttable.js'
import { addEndedSession } from '../../../test/sessions.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import { consumeCleanup } from './consumers.js'
import { executeCleanup } from './jobs.js'

const PACE = { againAfterMs: 500, againAtMostMs: 1000, standbyMs: 200, failedMs: 100, finishMs: 50 }
const BREAKER_MS = 61_000

jest.setTimeout(SLOWEST_MS)

/** From the outbox row to its effect in main-api, every part real. */
describe('a duty', () => {
  let ground: TestGround
  let mainApi: RunningService
  let ways: Record<'database' | 'rabbitmq', Cuttable>
  let deps: Deps
  let skippedMs = 0

  beforeAll(async () => {
    ground = await openGround()
    mainApi = await ground.startMainApi()
    ways = {
      database: await cuttable(ground.env['DATABASE_URL'] ?? ''),
      rabbitmq: await cuttable(ground.env['RABBITMQ_URL'] ?? ''),
    }
    deps = ground.deps({
      clock: { now: () => new Date(Date.now() + skippedMs) },
      pace: PACE,
      config: {
        MAIN_API_INTERNAL_URL: mainApi.internalUrl,
        DATABASE_URL: ways.database.url,
        RABBITMQ_URL: ways.rabbitmq.url,
      },
    })
    executeCleanup(deps)
    await consumeCleanup(deps)
    deps.relay.start()
  })
  afterAll(async () => {
    await ground.stop()
    await Promise.all(Object.values(ways).map((way) => way.close()))
  })

  /** Ends a session as main-api does. */
  const revoke = async (): Promise<{ userId: string; isPruned: () => Promise<boolean> }> => {
    const person = await addEndedSession(deps.db)
    const { userId } = person
    await outbox(deps.db).add('session.revoked', {
      key: userId,
      payload: { userId, sessionIds: [] },
    })
    return person
  }
  const unfinished = (): Promise<number> =>
    deps.db.one(
      'SELECT count(*) FROM outbox WHERE finished_at IS NULL',
      [],
      (row: { count: number }) => row.count,
    )
  const allFinished = (): Promise<unknown> =>
    until('every row is finished', async () => (await unfinished()) === 0)
  const calls = async (): Promise<number> => {
    const text = await (await fetch(`${mainApi.url}/metrics`)).text()
    const line =
      /^http_request_duration_seconds_count\{.*\/jobs\/:name.*status_code="200".*\} (\d+)$/m
    return Number(line.exec(text)?.[1] ?? 0)
  }

  it('has its effect, is confirmed and its row is finished', async () => {
    const person = await revoke()
    await allFinished()
    expect(await person.isPruned()).toBe(true)
    expect(
      await deps.db.one(
        `SELECT count(*) FROM outbox o
           JOIN processed_jobs p ON p.id = o.message_id::text
          WHERE p.queue = 'cleanup' AND p.name = 'prune-sessions'`,
        [],
        (row: { count: number }) => row.count,
      ),
    ).toBe(1)
  })

  it('has one effect when its message is delivered five times', async () => {
    const before = await calls()
    const id = randomUUID()
    const publish = (): Promise<void> =>
      deps.duties.publish({
        routingKey: 'cleanup.run',
        type: 'prune-sessions',
        messageId: id,
        body: { id, type: 'prune-sessions', occurredAt: '2025-01-31T10:30:00.000Z' },
      })
    const isProcessed = (): Promise<boolean> =>
      deps.db.oneOrNone('SELECT 1 FROM processed_jobs WHERE id = $1', [id]).then(Boolean)

    await Promise.all([publish(), publish(), publish()])
    await until('it is confirmed', isProcessed)
    // Bull has forgotten the job by now; these become jobs again.
    await until('the job is gone', async () => (await deps.cleanupJobs.depth()).active === 0)
    await publish()
    await publish()
    const done = (): number =>
      ground.lines().filter(({ message }) => message === 'A job of this id has had its effect')
        .length
    await until('the repetition is recognised', () => Promise.resolve(done() > 0))
    expect(await calls()).toBe(before + 1)
  })

  it('survives Redis being emptied with jobs under way', async () => {
    // A frozen main-api: one job is being executed, the others wait in Redis.
    process.kill(mainApi.pid(), 'SIGSTOP')
    const people = await Promise.all(Array.from({ length: 20 }, revoke))
    await until('jobs are under way', async () => {
      const { active, waiting } = await deps.cleanupJobs.depth()
      return active === 1 && waiting === 19
    })
    await ground.flushRedis()
    expect(await deps.cleanupJobs.depth()).toMatchObject({ active: 0, waiting: 0 })
    process.kill(mainApi.pid(), 'SIGCONT')

    await allFinished()
    expect(await Promise.all(people.map((person) => person.isPruned()))).not.toContain(false)
  })

  it('waits for main-api', async () => {
    await mainApi.kill()
    const person = await revoke()
    await until('it fails', () =>
      Promise.resolve(ground.lines().some(({ message }) => message === 'A job failed for good')),
    )
    expect(await unfinished()).toBe(1)
    await mainApi.restart()
    skippedMs += BREAKER_MS

    await allFinished()
    expect(await person.isPruned()).toBe(true)
  })

  it('waits for RabbitMQ', async () => {
    ways.rabbitmq.cut()
    await until('it is noticed', () =>
      deps.duties.ping().then(
        () => false,
        () => true,
      ),
    )
    const person = await revoke()
    ways.rabbitmq.heal()

    await allFinished()
    expect(await person.isPruned()).toBe(true)
  })

  it('waits for Postgres, and its relay leads again', async () => {
    const person = await revoke()
    ways.database.cut()
    await until('the relay stops leading', () => Promise.resolve(!deps.relay.isLeading()))
    ways.database.heal()
    await until('the relay leads', () => Promise.resolve(deps.relay.isLeading()))

    await allFinished()
    expect(await person.isPruned()).toBe(true)
  })
})

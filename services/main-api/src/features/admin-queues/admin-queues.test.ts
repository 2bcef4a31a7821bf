import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import { type Delivery, PermanentFailure } from '@sup/service-kit/duties'
import { type JobQueue, createJobQueue, onJob } from '@sup/service-kit/jobs'
import { type TestRabbitmq, claimRabbitmq } from '@sup/testkit'
import {
  bootstrapAdmin,
  listDeadLetters,
  listJobs,
  listQueues,
  pruneSessions,
  reauthenticate,
  replayDeadLetters,
  retryJob,
} from '@sup/types'
import { redisUrl } from '@sup/service-kit/env'
import { randomUUID } from 'node:crypto'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const SLOWEST_MS = 180_000
const MINUTE_MS = 60_000
jest.setTimeout(SLOWEST_MS)

describe('what administrators see of the queues', () => {
  const clock = testClock('2025-01-31T10:30:00.000Z')
  const seen: Delivery[] = []
  const ran: string[] = []
  let rabbitmq: TestRabbitmq
  let api: TestApi
  let jobs: JobQueue
  let admin: TestPerson
  let isBroken = false

  beforeAll(async () => {
    rabbitmq = await claimRabbitmq()
    api = await startTestApi({ clock, env: { RABBITMQ_URL: rabbitmq.url } })
    const { duties, config, log, metrics } = api.deps
    admin = await api.person('root')
    await api.service.call(bootstrapAdmin, { body: { username: admin.username } })
    jobs = createJobQueue({ name: 'cleanup', redisUrl: redisUrl(config), log, metrics })
    jobs.process([
      onJob(pruneSessions, (_duty, { id }) => {
        ran.push(id)
        return isBroken ? Promise.reject(new PermanentFailure('broken')) : Promise.resolve()
      }),
    ])
    await duties.declareQueue('cleanup', 'cleanup.#')
    await duties.consume('cleanup', (delivery) => {
      seen.push(delivery)
      return isBroken ? Promise.reject(new PermanentFailure('unknown type')) : Promise.resolve()
    })
    await until(() => duties.ping().then(() => true))
    // What other tests have left.
    while ((await duties.replayDead('cleanup', { limit: 1000 })).length > 0);
    await until(async () => (await duties.queueDepth('cleanup')).ready === 0)
  })
  afterAll(async () => {
    await jobs.close(1000)
    await api.stop()
    await rabbitmq.release()
  })
  beforeEach(() => {
    seen.length = 0
    ran.length = 0
  })

  const dead = async (): Promise<number> => (await api.deps.duties.queueDepth('cleanup')).dead
  const bury = async (ids: readonly string[]): Promise<void> => {
    const before = await dead()
    isBroken = true
    for (const messageId of ids) {
      const body = { type: 'prune-sessions', userId: 'me' }
      await api.deps.duties.publish({ routingKey: 'cleanup.run', body, messageId, type: 'x' })
    }
    await until(async () => (await dead()) === before + ids.length)
    isBroken = false
    seen.length = 0
  }
  const show = (limit = 100) =>
    admin.call(listDeadLetters, { params: { queue: 'cleanup' }, query: { limit } })
  const replay = (body: { limit?: number; ids?: string[] }) =>
    admin.ask(replayDeadLetters, { params: { queue: 'cleanup' }, body })
  const ids = (count: number) => Array.from({ length: count }, () => randomUUID())

  it('shows dead letters without their bodies, and leaves them where they are', async () => {
    const buried = ids(3)
    await bury(buried)
    const letters = await show()
    expect(letters.map(({ id }) => id)).toEqual(buried)
    expect(letters[0]).toMatchObject({
      type: 'x',
      routingKey: 'cleanup.run',
      reason: 'unknown type',
      attempts: 1,
      buriedAt: '2025-01-31T10:30:00.000Z',
      bytes: 39,
    })
    expect(letters[0]).not.toHaveProperty('body')
    expect(await show()).toEqual(letters)

    const query = { body: '1' as const }
    const [full] = await admin.call(listDeadLetters, { params: { queue: 'cleanup' }, query })
    expect(full?.body).toBe('{"type":"prune-sessions","userId":"me"}')
    const queues = await admin.call(listQueues)
    expect(queues.find(({ name }) => name === 'cleanup')).toMatchObject({
      isDeclared: true,
      ready: 0,
      dead: 3,
      oldestDeadAt: '2025-01-31T10:30:00.000Z',
    })
    await replay({ limit: 1000 })
  })

  it('never shows the bodies of e-mails', async () => {
    const answer = await admin.ask(listDeadLetters, {
      params: { queue: 'emails' },
      query: { body: '1' },
    })
    expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN'])
  })

  it('puts exactly the chosen ones back, and each is handled once', async () => {
    const buried = ids(6)
    await bury(buried)
    const [first = '', second = '', third = '', ...rest] = buried
    const chosen = await replay({ ids: [third, first, 'never', first] })
    expect(chosen.body.data).toEqual({ replayed: [first, third], missing: ['never'] })
    await until(() => Promise.resolve(seen.length === 2))
    expect(seen.map(({ messageId }) => messageId)).toEqual([first, third])

    expect((await replay({ limit: 1 })).body.data).toEqual({ replayed: [second], missing: [] })
    await until(() => Promise.resolve(seen.length === 3))
    expect((await show()).map(({ id }) => id)).toEqual(rest)
    await replay({ limit: 1000 })
    await until(() => Promise.resolve(seen.length === 6))
  })

  it('does not let poison go round in a circle', async () => {
    const buried = ids(3)
    await bury(buried)
    isBroken = true
    await replay({ limit: 1000 })
    await until(async () => seen.length === 3 && (await dead()) === 3)
    expect((await show()).map(({ id }) => id)).toEqual(buried)
    expect(seen).toHaveLength(3)
    isBroken = false
    await replay({ limit: 1000 })
    await until(async () => (await dead()) === 0)
  })

  it('lists failed jobs and lets one begin anew', async () => {
    const id = randomUUID()
    isBroken = true
    await jobs.add(
      pruneSessions,
      { type: 'prune-sessions', occurredAt: '2025-01-31T10:30:00.000Z' },
      { jobId: id },
    )
    await until(async () => (await jobs.depth()).failed === 1)
    isBroken = false
    expect(await admin.call(listJobs, { query: {} })).toMatchObject([
      { queue: 'cleanup', id, name: 'prune-sessions', state: 'failed', failedReason: 'broken' },
    ])
    const params = { queue: 'cleanup' as const, jobId: id }
    expect((await admin.ask(retryJob, { params })).status).toBe(200)
    await until(() => Promise.resolve(ran.length === 2))
    await until(async () => (await jobs.depth()).failed === 0)
    expect((await admin.ask(retryJob, { params })).status).toBe(404)
  })

  it('is not there for others', async () => {
    const alice = await api.person('alice')
    const params = { queue: 'cleanup' as const }
    for (const answer of [
      await alice.ask(listQueues),
      await alice.ask(listDeadLetters, { params }),
      await alice.ask(replayDeadLetters, { params, body: { limit: 1 } }),
      await alice.askWrong(replayDeadLetters, { limit: 'all' }, params),
      await alice.ask(listJobs),
      await alice.ask(retryJob, { params: { ...params, jobId: 'x' } }),
    ]) {
      expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND'])
    }
    expect((await api.open.ask(listQueues)).status).toBe(401)
  })

  it('asks for the password again before a change', async () => {
    // An access token holds 15 minutes and the leeway of a minute.
    const { deps } = api
    await deps.db.none(
      `UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE user_id = $1`,
      [admin.userId],
    )
    expect((await admin.ask(listQueues)).status).toBe(200)
    const stale = await replay({ limit: 1 })
    expect([stale.status, stale.body.error.code]).toEqual([403, 'REAUTH_REQUIRED'])

    const wrong = await admin.ask(reauthenticate, { body: { password: 'wrong' } })
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS'])
    expect((await replay({ limit: 1 })).status).toBe(403)

    const { freshUntil } = await admin.call(reauthenticate, { body: { password: admin.password } })
    expect(Date.parse(freshUntil)).toBe(clock.now().getTime() + 15 * MINUTE_MS)
    expect((await replay({ limit: 1 })).status).toBe(200)
  })

  it('ends with the role', async () => {
    await api.deps.db.none(`UPDATE users SET role = 'user' WHERE id = $1`, [admin.userId])
    expect((await admin.ask(listQueues)).status).toBe(404)
  })
})

/** Asks until the answer is yes; the test's own time limit ends it. */
async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check().catch(() => false))) await new Promise((go) => setTimeout(go, 20))
}

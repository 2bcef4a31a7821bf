import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestClock, testClock } from '@sup/service-kit/clock'
import { listDevices, logOut, refreshSession, runJob } from '@sup/types'
import { accountChangesOf } from '../../../test/database.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('prune-sessions', () => {
  let clock: TestClock
  let api: TestApi
  beforeAll(async () => {
    clock = testClock('2026-01-01T00:00:00.000Z')
    api = await startTestApi({ clock })
  })
  afterAll(() => api.stop())

  const step = (limit = 1000, userId?: string) =>
    api.service.call(runJob, {
      params: { name: 'prune-sessions' },
      body: { limit, ...(userId === undefined ? {} : { userId }) },
    })
  const pruneAll = async (userId?: string): Promise<void> => {
    for (let remaining = 1; remaining > 0;) ({ remaining } = await step(1000, userId))
  }
  /** Resolves when a statement of this database waits for a lock. */
  const untilSomebodyWaits = async (): Promise<void> => {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    while ((await api.deps.db.any(waiting)).length === 0) continue
  }
  const count = async (table: string, where = 'true', value = ''): Promise<number> => {
    const query = `SELECT count(*) AS count FROM ${table} WHERE ${where}`
    return (await api.deps.db.one<{ count: number }>(query, [value])).count
  }

  it('deletes ended sessions after 48 hours, with their tokens', async () => {
    const person = await api.person('alice')
    const laptop = await person.logIn()
    await laptop.call(logOut, { body: {} })

    clock.advance(48 * HOUR)
    await pruneAll()
    expect(await count('sessions', 'id = $1', laptop.sessionId)).toBe(1)

    clock.advance(1)
    await pruneAll()
    expect(await count('sessions', 'id = $1', laptop.sessionId)).toBe(0)
    expect(await count('refresh_tokens', 'session_id = $1', laptop.sessionId)).toBe(0)
    expect(await count('sessions', 'id = $1', person.sessionId)).toBe(1)
  })

  it('deletes those of the account it is about ten minutes after their end', async () => {
    const [alice, bob] = [await api.person('alice'), await api.person('bob')]
    for (const person of [alice, bob]) await person.call(logOut, { body: {} })

    clock.advance(10 * MINUTE)
    await pruneAll(alice.userId)
    expect(await count('sessions', 'id = $1', alice.sessionId)).toBe(1)

    clock.advance(1)
    await pruneAll(alice.userId)
    expect(await count('sessions', 'id = $1', alice.sessionId)).toBe(0)
    expect(await count('sessions', 'id = $1', bob.sessionId)).toBe(1)
  })

  it('deletes sessions that ran out, and spent tokens after a week', async () => {
    const [sleeper, active] = [await api.person('sleeper'), await api.person('active')]
    let { refreshToken } = active
    for (let day = 0; day < 32; day += 8) {
      clock.advance(8 * DAY)
      ;({ refreshToken } = await api.open.call(refreshSession, { body: { refreshToken } }))
    }
    clock.advance(1)
    await pruneAll()

    expect(await count('sessions', 'id = $1', sleeper.sessionId)).toBe(0)
    expect(await count('refresh_tokens', 'session_id = $1', active.sessionId)).toBe(2)
    const still = await api.open.ask(refreshSession, { body: { refreshToken } })
    expect(still.status).toBe(200)
  })

  it('removes devices without keys a day after their last session', async () => {
    const person = await api.person('carol')
    const [laptop, keyed] = [await person.logIn(), await person.logIn()]
    await api.deps.db.none(
      'INSERT INTO identity_keys (device_id, user_id, identity_key) VALUES ($1, $2, $3)',
      [keyed.id, person.userId, Buffer.alloc(33, 5)],
    )
    for (const device of [laptop, keyed]) await device.call(logOut, { body: {} })

    clock.advance(DAY + 1)
    await pruneAll()

    const { accessToken } = await person.call(refreshSession, {
      body: { refreshToken: person.refreshToken },
    })
    const again = api.open.with({ authorization: `Bearer ${accessToken}` })
    expect((await again.call(listDevices)).map(({ id }) => id)).toEqual([keyed.id, person.id])
    expect(await accountChangesOf(api.deps, person.userId)).toContainEqual({
      type: 'device_removed',
      body: { deviceId: laptop.id },
    })
  })

  it('lets a device be on which somebody logs in at the same time', async () => {
    const person = await api.person('carol')
    await person.call(logOut, { body: {} })
    clock.advance(DAY + 1)
    await api.deps.db
      .tx('log-in', async (tx) => {
        await tx.one('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [person.userId])
        const pruning = pruneAll()
        await untilSomebodyWaits()
        await tx.none('UPDATE user_devices SET last_seen = $2 WHERE id = $1', [
          person.id,
          clock.now(),
        ])
        return { pruning }
      })
      .then(({ pruning }) => pruning)

    const { removed_at: removedAt } = await api.deps.db.one<{ removed_at: string | null }>(
      'SELECT removed_at FROM user_devices WHERE id = $1',
      [person.id],
    )
    expect(removedAt).toBeNull()
  })

  it('deletes old revocations, answers and finished duties', async () => {
    const person = await api.person('dave')
    await person.call(logOut, { body: {}, headers: { 'idempotency-key': 'x' } })
    const { db } = api.deps
    await db.none('UPDATE outbox SET finished_at = $1 WHERE key = $2', [clock.now(), person.userId])
    const left = async () => [
      // The removal of the idle device meanwhile is a revocation of its own.
      await count('session_revocations', `kind = 'session' AND user_id = $1`, person.userId),
      await count('idempotency_keys', 'user_id = $1', person.userId),
      await count('outbox', 'key = $1', person.userId),
    ]
    expect(await left()).toEqual([1, 1, 1])

    clock.advance(DAY)
    await pruneAll()
    expect(await left()).toEqual([1, 1, 1])
    clock.advance(1)
    await pruneAll()
    expect(await left()).toEqual([1, 0, 0])
    clock.advance(DAY)
    await pruneAll()
    expect(await left()).toEqual([0, 0, 0])
  })

  it('keeps duties that nobody has finished', async () => {
    const person = await api.person('erin')
    await person.call(logOut, { body: {} })
    clock.advance(30 * DAY)
    await pruneAll()

    expect(await count('outbox', 'key = $1', person.userId)).toBe(1)
  })

  it('goes in steps, and says how much remains', async () => {
    await pruneAll()
    const person = await api.person('frank')
    for (let i = 0; i < 5; i++) await person.logIn({ id: person.id })
    clock.advance(48 * HOUR + 1)

    const first = await step(3)
    expect(first.done).toBe(3)
    expect(first.remaining).toBeGreaterThan(0)
    await pruneAll()
    expect(await step(3)).toEqual({ done: 0, remaining: 0 })
    expect(await count('sessions', 'user_id = $1', person.userId)).toBe(1)
  })

  it('may be run by several at once', async () => {
    const person = await api.person('grace')
    for (let i = 0; i < 5; i++) await person.logIn()
    await person.call(logOut, { body: { allSessions: true } })
    clock.advance(48 * HOUR + 1)

    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        api.service.ask(runJob, { params: { name: 'prune-sessions' }, body: { limit: 1000 } }),
      ),
    )
    await pruneAll()

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await count('sessions', 'user_id = $1', person.userId)).toBe(0)
    const changes = await accountChangesOf(api.deps, person.userId)
    expect(changes.filter(({ type }) => type === 'device_removed')).toHaveLength(6)
  })

  it.each([
    ['an unknown job', 'dance', { limit: 1 }, 404, 'NOT_FOUND'],
    ['no limit', 'prune-sessions', {}, 400, 'VALIDATION_ERROR'],
    ['a limit of 0', 'prune-sessions', { limit: 0 }, 400, 'VALIDATION_ERROR'],
    ['a limit of 1001', 'prune-sessions', { limit: 1001 }, 400, 'VALIDATION_ERROR'],
    ['a wrong user', 'prune-sessions', { limit: 1, userId: 'x' }, 400, 'VALIDATION_ERROR'],
    ['an unknown member', 'prune-sessions', { limit: 1, x: 1 }, 400, 'VALIDATION_ERROR'],
  ])('refuses %s', async (_what, name, body, status, code) => {
    const answer = await api.service.askWrong(runJob, body, { name })
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
  })
})

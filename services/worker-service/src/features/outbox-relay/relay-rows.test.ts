import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { DutyMessage } from '@sup/service-kit/duties'
import { outbox } from '@sup/service-kit/postgres'
import { QUEUES } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import type { OutboxRow } from './duty-map.js'
import { type PassResult, relayRows } from './relay-rows.js'

jest.setTimeout(SLOWEST_MS)

describe('relayRows', () => {
  let ground: TestGround
  let deps: Deps
  /** User ids of the duties in the order in which the queue handed them out. */
  const received: { userId: unknown; messageId: string }[] = []

  beforeAll(async () => {
    ground = await openGround()
    deps = ground.deps()
    await deps.duties.declareQueue(QUEUES.CLEANUP, 'cleanup.#')
    await deps.duties.consume(QUEUES.CLEANUP, ({ text, messageId }) => {
      const { userId } = JSON.parse(text) as { userId: unknown }
      received.push({ userId, messageId })
      return Promise.resolve()
    })
    await until('RabbitMQ is connected', () =>
      deps.duties.ping().then(
        () => true,
        () => false,
      ),
    )
  })
  afterAll(() => ground.stop())

  beforeEach(async () => {
    await deps.db.none('TRUNCATE outbox, processed_jobs')
    received.length = 0
  })

  const add = (...rows: { key: string; userId?: string; type?: string }[]): Promise<void> =>
    outbox(deps.db).addAll(
      rows.map(({ key, userId = randomUUID(), type = 'session.revoked' }) => ({
        type,
        key,
        payload: { userId, sessionIds: [] },
      })),
    )

  /** Messages for these users find no queue, so the broker really returns them. */
  const misrouting = (userIds: ReadonlySet<string>): Deps['duties'] => ({
    ...deps.duties,
    publish: (message: DutyMessage) => {
      const isChosen = 'userId' in message.body && userIds.has(String(message.body.userId))
      return deps.duties.publish(isChosen ? { ...message, routingKey: 'nowhere.at.all' } : message)
    },
  })
  const pass = (
    more: Partial<Parameters<typeof relayRows>[1]> & { misrouted?: string[] } = {},
  ): Promise<PassResult> =>
    relayRows(
      { db: deps.db, duties: misrouting(new Set(more.misrouted)) },
      {
        mayGoOn: () => true,
        repetition: { againAfterMs: 60_000, againAtMostMs: 600_000 },
        onMalformed: () => undefined,
        ...more,
      },
    )
  const unrelayed = (): Promise<number> =>
    deps.db.one(
      'SELECT count(*) FROM outbox WHERE relayed_at IS NULL',
      [],
      (row: { count: number }) => row.count,
    )
  const users = (count: number): string[] => Array.from({ length: count }, () => randomUUID())
  const receivedUsers = (count: number): Promise<unknown[]> =>
    until(`${count} messages`, () =>
      Promise.resolve(received.length >= count && received.map(({ userId }) => userId)),
    )

  it('publishes each row once and keeps the order of a key', async () => {
    const ofOneKey = users(40)
    await add(...ofOneKey.map((userId) => ({ key: 'chat', userId })), { key: 'other' })

    expect(await pass()).toMatchObject({ relayed: 41, failed: 0 })
    expect(await pass()).toMatchObject({ relayed: 0 })

    const order = await receivedUsers(41)
    expect(order.filter((userId) => ofOneKey.includes(String(userId)))).toEqual(ofOneKey)
    expect(order).toHaveLength(41)
    expect(await unrelayed()).toBe(0)
  })

  it('keeps a returned row and lets later rows of its key wait, but no other', async () => {
    const [first = '', second = '', other = ''] = users(3)
    await add(
      { key: 'chat', userId: first },
      { key: 'chat', userId: second },
      { key: 'other', userId: other },
    )

    const failed = await pass({ misrouted: [first] })
    expect(failed).toMatchObject({ relayed: 1, failed: 1 })
    expect(String((failed.firstFailure as Error).cause)).toContain('no queue takes')
    expect(await receivedUsers(1)).toEqual([other])
    expect(await unrelayed()).toBe(2)

    expect(await pass()).toMatchObject({ relayed: 2, failed: 0 })
    expect(await receivedUsers(3)).toEqual([other, first, second])
  })

  it('is not held up by a page full of rows of a key that fails', async () => {
    const [stuck = '', free = ''] = users(2)
    await add(...Array.from({ length: 1001 }, () => ({ key: 'stuck', userId: stuck })))
    await add({ key: 'free', userId: free })

    expect(await pass({ misrouted: [stuck] })).toMatchObject({ relayed: 1, failed: 1 })
    expect(await receivedUsers(1)).toEqual([free])
  })

  it('gives up on a broker that refuses everything', async () => {
    const refused = users(600)
    await add(...refused.map((userId) => ({ key: userId, userId })))
    expect(await pass({ misrouted: refused })).toMatchObject({ relayed: 0, failed: 500 })
    expect(await unrelayed()).toBe(600)
  })

  it('relays a row that stays unfinished again, with the same id, and later each time', async () => {
    await add({ key: 'chat' })
    const repetition = { againAfterMs: 1000, againAtMostMs: 3000 }
    const relayedAgo = (ms: number): Promise<null> =>
      deps.db.none(`UPDATE outbox SET relayed_at = now() - $1 * interval '1 ms'`, [ms])
    const relayed = async (): Promise<number> => (await pass({ repetition })).relayed

    expect(await relayed()).toBe(1)
    await relayedAgo(900)
    expect(await relayed()).toBe(0)
    await relayedAgo(1100)
    expect(await relayed()).toBe(1)
    await relayedAgo(1900)
    expect(await relayed()).toBe(0)
    await relayedAgo(2100)
    expect(await relayed()).toBe(1)
    // Doubled again it would be 4 s, more than the most.
    await relayedAgo(3100)
    expect(await relayed()).toBe(1)

    await receivedUsers(4)
    expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(1)
  })

  it('does not relay finished rows', async () => {
    await add({ key: 'chat' })
    await deps.db.none('UPDATE outbox SET finished_at = now()')
    expect(await pass()).toMatchObject({ relayed: 0 })
  })

  it('leaves rows that it cannot read where they are and relays the rest of their key', async () => {
    const malformed: OutboxRow[] = []
    await add({ key: 'chat', type: 'chat.created' }, { key: 'chat', userId: 'nobody' })
    await add({ key: 'chat' })

    const result = await pass({ onMalformed: (row) => void malformed.push(row) })
    expect(result).toMatchObject({ relayed: 1, failed: 0 })
    expect(malformed).toMatchObject([{ type: 'session.revoked', key: 'chat' }])
    expect(await unrelayed()).toBe(2)
  })

  it('publishes nothing more once it may not go on', async () => {
    await add(...users(3).map((userId) => ({ key: 'chat', userId })))
    let asked = 0
    // The page and its first wave.
    const result = await pass({ mayGoOn: () => (asked += 1) <= 2 })
    expect(result).toMatchObject({ relayed: 1 })
    expect(await unrelayed()).toBe(2)
  })

  it('publishes again what was confirmed but not marked', async () => {
    await add({ key: 'chat' })
    const cannotMark = {
      ...deps.db,
      none: () => Promise.reject(new Error('the connection is gone')),
    }
    const duties = deps.duties
    const options = {
      mayGoOn: () => true,
      repetition: { againAfterMs: 60_000, againAtMostMs: 600_000 },
      onMalformed: () => undefined,
    }
    await expect(relayRows({ db: cannotMark, duties }, options)).rejects.toThrow('gone')
    expect(await pass()).toMatchObject({ relayed: 1 })
    await receivedUsers(2)
    expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(1)
  })
})

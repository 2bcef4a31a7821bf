import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import { getPresence, storePresence, updateUser } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { relate } from '../../../test/database.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const clock = testClock('2026-01-01T12:00:00.000Z')

describe('getPresence', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi({ clock })
  })
  afterAll(() => api.stop())

  /** Writes what a node keeps about a connection. */
  const connect = (person: TestPerson, connection: string, status: string, secondsAgo = 0) =>
    api.deps.redis.command.hset(
      `presence:${person.userId}:sockets`,
      connection,
      JSON.stringify({ status, at: clock.now().getTime() - secondsAgo * 1000 }),
    )
  const ask = async (viewer: TestPerson, ...ids: string[]) =>
    viewer.call(getPresence, { query: { ids: ids.join(',') } })
  const friends = async (): Promise<[TestPerson, TestPerson]> => {
    const [alice, bob] = [await api.person('alice'), await api.person('bob')]
    await relate(api.deps).contact(bob.userId, alice.userId)
    return [alice, bob]
  }

  it('is the best of all connections that are still refreshed', async () => {
    const [alice, bob] = await friends()
    const { userId } = alice
    expect(await ask(bob, userId)).toEqual([{ userId, status: 'offline' }])

    await connect(alice, 'n1:a', 'online', 61)
    await connect(alice, 'n1:b', 'away')
    expect(await ask(bob, userId)).toEqual([{ userId, status: 'away' }])

    await connect(alice, 'n2:c', 'online', 59)
    expect(await ask(bob, userId)).toEqual([{ userId, status: 'online' }])
  })

  it('takes no harm from what is written there wrongly', async () => {
    const [alice, bob] = await friends()
    const key = `presence:${alice.userId}:sockets`
    await api.deps.redis.command.hset(key, 'x', 'nonsense', 'y', '{"status":"asleep"}', 'z', '[]')
    expect(await ask(bob, alice.userId)).toEqual([{ userId: alice.userId, status: 'offline' }])
  })

  it('shows everybody else as offline: strangers, the unknown, who hides it, who hides one’s own', async () => {
    const [alice, bob] = await friends()
    const stranger = await api.person('stranger')
    const unknown = randomUUID()
    for (const person of [alice, stranger]) await connect(person, 'n1:a', 'online')

    const before = await ask(bob, stranger.userId, unknown, alice.userId, alice.userId)
    expect(before.map(({ status }) => status)).toEqual(['offline', 'offline', 'online'])

    await bob.call(updateUser, { params: { id: 'me' }, body: { privacy: { presence: 'nobody' } } })
    expect(await ask(bob, alice.userId)).toMatchObject([{ status: 'offline' }])
    await bob.call(updateUser, {
      params: { id: 'me' },
      body: { privacy: { presence: 'everyone' } },
    })
    await relate(api.deps).block(alice.userId, bob.userId)
    expect(await ask(bob, alice.userId)).toMatchObject([{ status: 'offline' }])
  })

  it('says when somebody was last seen, to the minute, if that may be seen', async () => {
    const [alice, bob] = await friends()
    const lastSeen = '2026-01-01T11:59:59.000Z'
    await api.service.call(storePresence, {
      body: { items: [{ userId: alice.userId, status: 'offline', lastSeen }] },
    })

    expect(await ask(bob, alice.userId)).toMatchObject([{ lastSeen: '2026-01-01T11:59:00.000Z' }])
  })

  it.each([
    ['no ids', ''],
    ['only commas', ',,'],
    ['something else', 'alice'],
    ['more than 100', Array.from({ length: 101 }, () => randomUUID()).join(',')],
  ])('refuses %s', async (_what, ids) => {
    const person = await api.person('carol')
    const answer = await person.ask(getPresence, { query: { ids } })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })
})

describe('storePresence', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  const stored = (userId: string) =>
    api.deps.db.one('SELECT status, last_seen FROM users WHERE id = $1', [userId])

  it('stores the last word about each person, and never an older time', async () => {
    const { userId } = await api.person('alice')
    const item = (status: 'online' | 'away', lastSeen: string) => ({ userId, status, lastSeen })

    await api.service.call(storePresence, {
      body: {
        items: [
          item('online', '2026-01-01T00:00:01.000Z'),
          item('away', '2026-01-01T00:00:02.000Z'),
          { userId: randomUUID(), status: 'online', lastSeen: '2026-01-01T00:00:00.000Z' },
        ],
      },
    })
    expect(await stored(userId)).toEqual({ status: 'away', last_seen: '2026-01-01T00:00:02.000Z' })

    await api.service.call(storePresence, {
      body: { items: [item('online', '2026-01-01T00:00:00.000Z')] },
    })
    expect(await stored(userId)).toEqual({
      status: 'online',
      last_seen: '2026-01-01T00:00:02.000Z',
    })
  })

  it('of two nodes at once waits for no circle', async () => {
    const people = await Promise.all([1, 2, 3, 4, 5, 6].map(() => api.person('bob')))
    const items = people.map(({ userId }) => ({
      userId,
      status: 'online' as const,
      lastSeen: '2026-01-01T00:00:00.000Z',
    }))
    const store = (order: typeof items) =>
      api.service.ask(storePresence, { body: { items: order } }).then(({ status }) => status)

    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store(i % 2 === 0 ? items : [...items].reverse())),
    )

    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it.each([
    ['nothing', {}],
    ['no items', { items: [] }],
    ['an unknown status', { items: [{ userId: randomUUID(), status: 'asleep', lastSeen: 'now' }] }],
    ['an unknown member', { items: [], more: 1 }],
  ])('refuses %s', async (_what, body) => {
    const answer = await api.service.askWrong(storePresence, body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })
})

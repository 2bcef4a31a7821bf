import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { listRevocations, logOut, verifyToken, verifyUser } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { hintRevocations, revocations } from './public.js'
import { createRevokedSessionsLoop } from './revoked-sessions-loop.js'

const NOWHERE = 'redis://127.0.0.1:1'

type Page = z.output<typeof listRevocations.response>

describe('listRevocations', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  const list = (after?: string, limit?: number) =>
    api.service.call(listRevocations, {
      query: {
        ...(after === undefined ? {} : { after }),
        ...(limit === undefined ? {} : { limit }),
      },
    })
  const add = (...userIds: string[]) =>
    api.deps.db.tx('test', (tx) =>
      revocations(tx, api.deps).add(
        ...userIds.map((userId) => ({ kind: 'audience' as const, userId })),
      ),
    )

  /**
   * What a reader has not seen in the pages before. Any transaction of the whole server that is still open
   * has rows said again, so a test never knows how many come.
   */
  const unseen = (page: Page, ...before: Page[]): string[] => {
    const known = new Set(before.flatMap(({ items }) => items.map(({ id }) => id)))
    return page.items.filter(({ id }) => !known.has(id)).map(({ userId }) => userId)
  }

  it('lists what ended, then only what is new', async () => {
    const person = await api.person('alice')
    const { cursor } = await list()
    await person.call(logOut, { body: {} })

    const page = await list(cursor)
    const later = await list(page.cursor)

    expect(page.hasMore).toBe(false)
    expect(page.items.at(-1)).toMatchObject({
      kind: 'session',
      userId: person.userId,
      sessionId: person.sessionId,
      deviceId: person.id,
    })
    expect(unseen(later, page)).toEqual([])
  })

  it('never skips what commits late', async () => {
    const { cursor } = await list()
    const late = randomUUID()
    let seen = cursor

    await api.deps.db.tx('slow', async (slow) => {
      await revocations(slow, api.deps).add({ kind: 'audience', userId: late })
      // Others begin later, commit earlier, and are read before the slow one is over.
      await add(randomUUID())
      seen = (await list(cursor)).cursor
      await add(randomUUID())
      seen = (await list(seen)).cursor
    })

    const { items } = await list(seen)
    expect(items.map(({ userId }) => userId)).toContain(late)
  })

  it('comes in pages, and begins the next round where this one began', async () => {
    const before = await list()
    const users = Array.from({ length: 5 }, () => randomUUID())
    await add(...users)

    const pages = [before]
    let page = await list(before.cursor, 2)
    const between = randomUUID()
    await add(between)
    for (; page.hasMore; page = await list(page.cursor, 2)) pages.push(page)
    pages.push(page)

    const round = pages.slice(1).flatMap(({ items }) => items.map(({ userId }) => userId))
    expect(round.slice(-6)).toEqual([...users, between])
    expect(pages.length).toBeGreaterThanOrEqual(4)
    const next = await list(page.cursor)
    // Once more what came while the round ran: said twice is better than never.
    expect(next.items.map(({ userId }) => userId)).toContain(between)
    expect(unseen(next, ...pages)).toEqual([])
  })

  it.each(['x', '1.2', '1.2.3.4', '-1', '99999999999999999999', ''])(
    'refuses the cursor %j',
    async (after) => {
      const answer = await api.service.ask(listRevocations, { query: { after } })
      expect([answer.status, answer.body.error.details[0].path]).toEqual([400, 'after'])
    },
  )

  it.each([0, 1001, 'x'])('refuses the limit %j', async (limit) => {
    const answer = await api.service.ask(listRevocations, { query: { limit } })
    expect(answer.status).toBe(400)
  })
})

describe('an ended session', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  it('is refused within a second by another node that has no Redis', async () => {
    const other = await startTestApi({
      env: { DATABASE_URL: api.databaseUrl, REDIS_URL: NOWHERE },
    })
    try {
      const person = await api.person('alice')
      const there = other.open.with({ authorization: `Bearer ${person.accessToken}` })
      expect((await there.ask(verifyUser)).status).toBe(200)

      await person.call(logOut, { body: {} })
      const endedAt = performance.now()
      while ((await there.ask(verifyUser)).status === 200) await sleep(20)

      expect(performance.now() - endedAt).toBeLessThan(1000)
    } finally {
      await other.stop()
    }
  })

  it('is refused at once by a node that hears of it', async () => {
    const times = []
    for (let round = 0; round < 5; round++) {
      const person = await api.person('bob')
      await person.call(logOut, { body: {} })
      const endedAt = performance.now()
      while ((await person.ask(verifyUser)).status === 200) continue
      times.push(performance.now() - endedAt)
    }
    // Polling alone would take half a second every now and then, and hardly ever this little.
    expect(Math.min(...times)).toBeLessThan(100)
    expect(Math.max(...times)).toBeLessThan(1000)
  })

  it('is looked up while the list is too old, and without a database nobody is let in', async () => {
    // Never started, so it has read nothing yet.
    const unread = createRevokedSessionsLoop(api.deps)
    const person = await api.person('erin')
    const token = {
      userId: person.userId,
      sessionId: person.sessionId,
      deviceId: person.id,
      expiresAt: 0,
    }
    expect(await unread.isRevoked(token)).toBe(false)
    expect(await unread.isRevoked({ ...token, sessionId: randomUUID() })).toBe(true)

    await person.call(logOut, { body: {} })
    expect(await unread.isRevoked(token)).toBe(true)

    const refused = { db: { ...api.deps.db, one: () => Promise.reject(new Error('down')) } }
    const blind = createRevokedSessionsLoop({ ...api.deps, ...refused })
    await expect(Promise.resolve(blind.isRevoked(token))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
  })

  it('of a whole account leaves those that begin later alone', async () => {
    const person = await api.person('carol')
    // Tokens say in whole seconds when they were signed.
    await sleep(1100)
    const ended = await api.deps.db.tx('test', (tx) =>
      revocations(tx, api.deps).add({ kind: 'user', userId: person.userId }),
    )
    await hintRevocations(api.deps, ended)
    await sleep(1100)
    const laptop = await person.logIn()

    expect((await person.ask(verifyUser)).status).toBe(401)
    expect((await laptop.ask(verifyUser)).status).toBe(200)
  })

  it('is refused by the service that verifies tokens for others', async () => {
    const person = await api.person('dave')
    const token = person.accessToken
    const good = await api.service.call(verifyToken, { body: { token } })
    expect(good).toMatchObject({
      userId: person.userId,
      sessionId: person.sessionId,
      deviceId: person.id,
      user: { id: person.userId, username: person.username, displayName: 'dave' },
    })

    await person.call(logOut, { body: {} })
    await sleep(600)

    const ended = await api.service.ask(verifyToken, { body: { token } })
    expect(ended.body.error).toMatchObject({ code: 'UNAUTHORIZED' })
    const wrong = await api.service.ask(verifyToken, { body: { token: 'x' } })
    expect(wrong.body.error.code).toBe('INVALID_TOKEN')
    const malformed = await api.service.askWrong(verifyToken, { token: 1 })
    expect(malformed.status).toBe(400)
  })
})

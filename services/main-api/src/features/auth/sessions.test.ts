import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  listDevices,
  listSessions,
  logOut,
  refreshSession,
  revokeOtherSessions,
  revokeSession,
  verifyUser,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import type { TestDevice } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('sessions', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  /** The refusal that a device gets once this node has heard that its session ended. */
  const untilRefused = async (device: TestDevice): Promise<unknown> => {
    const limit = performance.now() + 1000
    for (;;) {
      const { status, body } = await device.ask(verifyUser)
      if (status === 401) return body.error
      if (performance.now() > limit) throw new Error('the session still works after a second')
    }
  }
  const isAlive = async (device: TestDevice): Promise<boolean> =>
    (await api.open.ask(refreshSession, { body: { refreshToken: device.refreshToken } })).status ===
    200

  it('are listed newest first, in pages, without a foreign one', async () => {
    const person = await api.person('alice')
    const laptop = await person.logIn({ name: 'laptop', platform: 'desktop' })
    await api.person('stranger')

    const whole = await laptop.ask(listSessions)
    const first = await laptop.ask(listSessions, { query: { limit: 1 } })
    const cursor = String(first.body.meta.nextCursor)
    const second = await laptop.ask(listSessions, { query: { limit: 1, cursor } })

    expect(whole.body.data).toMatchObject([
      { id: laptop.sessionId, deviceName: 'laptop', platform: 'desktop', current: true },
      { id: person.sessionId, deviceName: 'phone', platform: 'ios', current: false },
    ])
    expect(first.body.meta).toMatchObject({ hasMore: true, total: 2 })
    expect(second.body.data).toEqual([whole.body.data[1]])
    expect(second.body.meta).toMatchObject({ hasMore: false })
  })

  it.each([
    ['limit', { limit: 101 }],
    ['limit', { limit: 'all' }],
    ['cursor', { cursor: 'nonsense' }],
    ['page', { page: 0 }],
  ])('cannot be listed with a wrong %s: %j', async (path, query) => {
    const person = await api.person('bob')
    const answer = await person.ask(listSessions, { query: query })
    expect(answer.status).toBe(400)
    expect(answer.body.error.details).toMatchObject([{ path }])
  })

  it('end one by one, everywhere within a second', async () => {
    const person = await api.person('carol')
    const laptop = await person.logIn()

    const answer = await person.call(revokeSession, { params: { sessionId: laptop.sessionId } })

    expect(answer).toEqual({ revokedSessions: 1 })
    expect(await untilRefused(laptop)).toMatchObject({
      code: 'UNAUTHORIZED',
      details: { reason: 'session_revoked' },
    })
    expect(await isAlive(laptop)).toBe(false)
    expect((await person.ask(verifyUser)).status).toBe(200)
    const again = await person.ask(revokeSession, { params: { sessionId: laptop.sessionId } })
    expect([again.status, again.body.error.code]).toEqual([404, 'NOT_FOUND'])
  })

  it('of others are as unknown as those that never were', async () => {
    const [dave, mallory] = [await api.person('dave'), await api.person('mallory')]

    const foreign = await mallory.ask(revokeSession, { params: { sessionId: dave.sessionId } })
    const unknown = await mallory.ask(revokeSession, { params: { sessionId: randomUUID() } })
    const malformed = await mallory.askWrong(revokeSession, undefined, { sessionId: 'mine' })

    expect([foreign.status, unknown.status, malformed.status]).toEqual([404, 404, 400])
    expect({ ...foreign.body.error, requestId: '' }).toEqual({
      ...unknown.body.error,
      requestId: '',
    })
    expect(await isAlive(dave)).toBe(true)
  })

  it('end all but the one that asks', async () => {
    const person = await api.person('erin')
    const others = [await person.logIn(), await person.logIn()]

    expect(await person.call(revokeOtherSessions)).toEqual({ revokedSessions: 2 })

    for (const other of others) await untilRefused(other)
    expect((await person.ask(verifyUser)).status).toBe(200)
    expect(await person.call(revokeOtherSessions)).toEqual({ revokedSessions: 0 })
  })

  it('end by logging out: one, or all', async () => {
    const person = await api.person('frank')
    const [laptop, tablet] = [await person.logIn(), await person.logIn()]

    expect(await laptop.call(logOut, { body: {} })).toEqual({ revokedSessions: 1 })
    await untilRefused(laptop)
    expect((await tablet.ask(verifyUser)).status).toBe(200)

    expect(await tablet.call(logOut, { body: { allSessions: true } })).toEqual({
      revokedSessions: 2,
    })
    await untilRefused(person)
    await untilRefused(tablet)
  })

  it('may take the device with them', async () => {
    const person = await api.person('grace')
    const laptop = await person.logIn()

    const answer = await laptop.call(logOut, { body: { removeDevice: true } })

    expect(answer).toEqual({ revokedSessions: 1 })
    expect(await person.call(listDevices)).toMatchObject([{ id: person.id }])
  })

  it('are copied to Redis, and do not need the copy', async () => {
    const person = await api.person('heidi')
    const key = `session:${person.sessionId}`
    const { command } = api.deps.redis

    expect(JSON.parse(String(await command.get(key)))).toEqual({
      userId: person.userId,
      deviceId: person.id,
      createdAt: expect.any(Number),
    })
    expect(await command.ttl(key)).toBeGreaterThan(86_000)

    await api.flushRedis()
    expect((await person.ask(verifyUser)).status).toBe(200)
    expect(await isAlive(person)).toBe(true)

    await person.call(logOut, { body: {} })
    expect(await command.get(key)).toBeNull()
  })

  it('are no use with a malformed log-out', async () => {
    const person = await api.person('ivan')
    const answer = await person.askWrong(logOut, { allSessions: 'yes' })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  it.each([
    ['no token', {}, 'UNAUTHORIZED'],
    ['a wrong token', { authorization: 'Bearer x.y.z' }, 'INVALID_TOKEN'],
    ['another scheme', { authorization: 'Basic eDp5' }, 'UNAUTHORIZED'],
  ])('need credentials: %s', async (_what, headers, code) => {
    for (const spec of [listSessions, listDevices, verifyUser, revokeOtherSessions]) {
      const answer = await api.open.ask(spec, { headers })
      expect([answer.status, answer.body.error.code]).toEqual([401, code])
    }
  })
})

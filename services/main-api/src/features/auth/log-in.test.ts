import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { listDevices, listSessions, logIn, userChannel } from '@sup/types'
import { accountChangesOf, outboxOf } from '../../../test/database.js'
import { recordHints } from '../../../test/hints.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('logIn', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  const ask = (body: object) => api.open.askWrong(logIn, body)
  const update = (userId: string, set: string) =>
    api.deps.db.none(`UPDATE users SET ${set} WHERE id = $1`, [userId])

  it('knows an account by username, e-mail address and phone number, in any writing', async () => {
    const { userId, username, password } = await api.person('alice', {
      email: 'alice@example.org',
      phone: '+49 30 901820',
    })

    for (const name of [
      { identifier: username.toUpperCase() },
      { username },
      { identifier: 'ALICE@example.org' },
      { email: 'alice@example.org' },
      { identifier: '+49 (30) 90 18 20' },
      { phone: '+4930901820' },
    ]) {
      const { status, body } = await ask({ ...name, password })
      expect([status, body.data?.user.id]).toEqual([200, userId])
    }
  })

  it('takes an address for whoever verified it, else for the only account that has it', async () => {
    const email = 'shared@example.org'
    const first = await api.person('first', { email })
    await api.person('second', { email })

    const before = await ask({ email, password: first.password })
    await update(first.userId, 'email_verified = true')
    const after = await ask({ email, password: first.password })

    expect(before.body.error.code).toBe('INVALID_CREDENTIALS')
    expect(after.body.data.user.id).toBe(first.userId)
  })

  it('answers a wrong password and an unknown account in the same way', async () => {
    const { username } = await api.person('bob')

    const wrong = await ask({ username, password: 'not this one' })
    const unknown = await ask({ username: 'nobody.at.all', password: 'not this one' })

    expect(wrong.status).toBe(401)
    expect({ ...wrong.body.error, requestId: '' }).toEqual({ ...unknown.body.error, requestId: '' })
    expect(wrong.body.error.code).toBe('INVALID_CREDENTIALS')
  })

  it.each([
    ['two names', { username: 'bob', email: 'bob@example.org', password: 'x' }],
    ['no name', { password: 'x' }],
    ['no password', { username: 'bob' }],
    ['a body that is no object', ['bob', 'x']],
  ])('refuses %s', async (_what, body) => {
    const answer = await ask(body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  it.each(['nul\u0000byte', '\ud800', "' OR 1=1 --", 'x@y', 'x'.repeat(254), '+', '  '])(
    'finds nobody by %j',
    async (identifier) => {
      const answer = await ask({ identifier, password: 'x' })
      expect([answer.status, answer.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS'])
    },
  )

  it('tells a suspended person so, but only with the right password', async () => {
    const { userId, username, password } = await api.person('carol')
    await update(userId, 'suspended_at = now()')

    expect((await ask({ username, password: 'wrong' })).body.error.code).toBe('INVALID_CREDENTIALS')
    const answer = await ask({ username, password })
    expect([answer.status, answer.body.error.code]).toEqual([403, 'ACCOUNT_DISABLED'])
  })

  it('does not know deleted accounts', async () => {
    const { userId, username, password } = await api.person('dave')
    await update(userId, 'deleted_at = now()')

    expect((await ask({ username, password })).body.error.code).toBe('INVALID_CREDENTIALS')
  })

  it('makes a device for each log-in that names none, and tells the others', async () => {
    const person = await api.person('erin')
    const hints = await recordHints(api.deps, userChannel(person.userId))

    const laptop = await person.logIn({ name: 'laptop', platform: 'desktop' })

    expect(await person.call(listDevices)).toMatchObject([
      { id: laptop.id, deviceNumber: 2, name: 'laptop', platform: 'desktop', current: false },
      { id: person.id, deviceNumber: 1, name: 'phone', current: true },
    ])
    expect(await accountChangesOf(api.deps, person.userId)).toMatchObject([
      { type: 'security', body: { kind: 'new_login', deviceId: person.id } },
      { type: 'device', body: { device: { id: person.id } } },
      { type: 'security', body: { kind: 'new_login', deviceId: laptop.id } },
      { type: 'device', body: { device: { id: laptop.id, deviceNumber: 2 } } },
    ])
    const hint = await hints.find(
      ({ change }) => (change as { type: string } | undefined)?.type === 'device',
    )
    expect(hint).toMatchObject({
      type: 'account',
      change: { device: { id: laptop.id } },
      exceptDevice: laptop.id,
    })
    await hints.stop()
  })

  it('uses an own device again, whose older session ends', async () => {
    const person = await api.person('frank')

    const again = await person.logIn({ id: person.id, name: 'ignored' })

    expect(again.id).toBe(person.id)
    const sessions = await again.call(listSessions)
    expect(sessions).toMatchObject([{ id: again.sessionId, deviceName: 'phone', current: true }])
    expect(await outboxOf(api.deps, person.userId)).toEqual([
      {
        type: 'session.revoked',
        payload: { userId: person.userId, sessionIds: [person.sessionId] },
      },
    ])
  })

  it('makes a new device when the named one is a stranger', async () => {
    const [grace, mallory] = [await api.person('grace'), await api.person('mallory')]

    const device = await mallory.logIn({ id: grace.id })

    expect(device.id).not.toBe(grace.id)
    expect((await grace.ask(listDevices)).status).toBe(200)
  })

  it('stores a shortened address', async () => {
    const person = await api.person('heidi')
    const body = { username: person.username, password: person.password }
    const via = (address: string) =>
      api.open.call(logIn, { body, headers: { 'x-forwarded-for': address } })

    await via('203.0.113.77')
    await via('2001:db8:1:2:3:4:5:6')

    const [six, four] = await person.call(listSessions)
    expect([four?.ip, six?.ip]).toEqual(['203.0.113.0/24', '2001:db8:1::/48'])
  })
})

describe('failed log-ins', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  const fail = (body: object) =>
    api.open.askWrong(logIn, { password: 'not this one', ...body }).then(({ status }) => status)
  const failTenTimes = async (body: object) => {
    for (let i = 0; i < 10; i++) expect(await fail(body)).toBe(401)
  }

  it('are limited to ten an hour for a name, known or not', async () => {
    const { username, password } = await api.person('alice')
    await failTenTimes({ username })
    await failTenTimes({ username: 'nobody.at.all' })

    const known = await api.open.askWrong(logIn, { identifier: username, password })
    const unknown = await api.open.askWrong(logIn, { username: 'nobody.at.all', password })

    expect([known.status, unknown.status]).toEqual([429, 429])
    expect(known.body.error.code).toBe('RATE_LIMITED')
    expect(Number(known.headers['retry-after'])).toBeGreaterThan(3000)
  })

  it('of strangers do not lock out a device of the account', async () => {
    const { id, username, password } = await api.person('bob')
    await failTenTimes({ username })

    const own = await api.open.askWrong(logIn, { username, password, device: { id } })

    expect(own.status).toBe(200)
    await failTenTimes({ username, device: { id } })
    expect(await fail({ username, device: { id } })).toBe(429)
  })

  it('do not count what succeeded', async () => {
    const { username, password } = await api.person('carol')
    for (let i = 0; i < 12; i++) {
      expect((await api.open.askWrong(logIn, { username, password })).status).toBe(200)
    }
    expect(await fail({ username })).toBe(401)
  })

  it('cannot pass the limit by coming all at once', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 15 }, () => fail({ username: 'somebody.else' })),
    )
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
  })
})

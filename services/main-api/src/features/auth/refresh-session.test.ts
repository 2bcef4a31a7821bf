import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestClock, testClock } from '@sup/service-kit/clock'
import { listDevices, logOut, refreshSession, userChannel } from '@sup/types'
import { accountChangesOf, outboxOf } from '../../../test/database.js'
import { recordHints } from '../../../test/hints.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const DAY_MS = 86_400_000

describe('refreshSession', () => {
  let clock: TestClock
  let api: TestApi
  beforeAll(async () => {
    clock = testClock('2026-01-01T00:00:00.000Z')
    api = await startTestApi({ clock })
  })
  afterAll(() => api.stop())

  const ask = (refreshToken: string) => api.open.ask(refreshSession, { body: { refreshToken } })
  const code = async (refreshToken: string): Promise<string> =>
    (await ask(refreshToken)).body.error?.code ?? 'OK'
  const next = async (refreshToken: string): Promise<string> =>
    (await api.open.call(refreshSession, { body: { refreshToken } })).refreshToken

  it('gives tokens that work, of the same session', async () => {
    const person = await api.person('alice')
    clock.advance(20 * 60_000)
    expect((await person.ask(listDevices)).body.error.code).toBe('TOKEN_EXPIRED')

    const answer = await api.open.call(refreshSession, {
      body: { refreshToken: person.refreshToken },
    })

    expect(answer).toMatchObject({ sessionId: person.sessionId, expiresIn: 900 })
    expect(answer.refreshToken).not.toBe(person.refreshToken)
    const renewed = api.open.with({ authorization: `Bearer ${answer.accessToken}` })
    expect((await renewed.ask(listDevices)).status).toBe(200)
  })

  it('takes no notice of the expired access token that a client still sends', async () => {
    const person = await api.person('bob')
    clock.advance(20 * 60_000)

    const answer = await person.ask(refreshSession, { body: { refreshToken: person.refreshToken } })

    expect(answer.status).toBe(200)
  })

  it('gives the same successor to a repetition within ten seconds, also to several at once', async () => {
    const { refreshToken } = await api.person('carol')

    const together = await Promise.all([1, 2, 3, 4].map(() => next(refreshToken)))
    clock.advance(10_000)
    const later = await next(refreshToken)

    expect(new Set([...together, later]).size).toBe(1)
    expect(await code(later)).toBe('OK')
  })

  it('ends the session when a token comes again later, and tells the account', async () => {
    const person = await api.person('dave')
    const hints = await recordHints(api.deps, userChannel(person.userId))
    const successor = await next(person.refreshToken)
    clock.advance(10_001)

    expect(await code(person.refreshToken)).toBe('INVALID_TOKEN')

    const refused = await ask(successor)
    expect(refused.body.error).toMatchObject({
      code: 'UNAUTHORIZED',
      details: { reason: 'session_revoked' },
    })
    const kinds = (await accountChangesOf(api.deps, person.userId)).map(({ body }) => body['kind'])
    expect(kinds).toContain('refresh_reuse')
    expect(await outboxOf(api.deps, person.userId)).toMatchObject([{ type: 'session.revoked' }])
    await hints.find(({ type }) => type === 'revoked')
    await hints.find(
      ({ change }) => (change as { kind?: string } | undefined)?.kind === 'refresh_reuse',
    )
    await hints.stop()
  })

  it('ends only the session whose token came twice', async () => {
    const person = await api.person('erin')
    const laptop = await person.logIn()
    await next(person.refreshToken)
    clock.advance(60_000)

    expect(await code(person.refreshToken)).toBe('INVALID_TOKEN')

    expect(await code(laptop.refreshToken)).toBe('OK')
  })

  it('refuses unknown tokens', async () => {
    expect(await code('x')).toBe('INVALID_TOKEN')
    expect(await code('A'.repeat(43))).toBe('INVALID_TOKEN')
  })

  it.each([
    ['an empty token', { refreshToken: '' }],
    ['a number', { refreshToken: 1 }],
    ['a token that is too long', { refreshToken: 'x'.repeat(257) }],
    ['nothing', {}],
  ])('refuses %s as malformed', async (_what, body) => {
    const answer = await api.open.askWrong(refreshSession, body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  it('lets a session sleep for 30 days', async () => {
    const [inTime, tooLate] = [await api.person('frank'), await api.person('grace')]

    clock.advance(30 * DAY_MS - 1000)
    expect(await code(inTime.refreshToken)).toBe('OK')
    clock.advance(1000)
    expect(await code(tooLate.refreshToken)).toBe('TOKEN_EXPIRED')
  })

  it('ends every session 90 days after its log-in', async () => {
    let { refreshToken } = await api.person('heidi')
    for (let day = 25; day < 90; day += 25) {
      clock.advance(25 * DAY_MS)
      refreshToken = await next(refreshToken)
    }
    clock.advance(15 * DAY_MS)

    expect(await code(refreshToken)).toBe('TOKEN_EXPIRED')
  })

  it('gives nothing after a log-out', async () => {
    const person = await api.person('ivan')
    await person.call(logOut, { body: {} })

    const { body } = await ask(person.refreshToken)

    expect(body.error).toMatchObject({
      code: 'UNAUTHORIZED',
      details: { reason: 'session_revoked' },
    })
  })

  it('gives nothing to the suspended and the deleted', async () => {
    const [suspended, deleted] = [await api.person('judy'), await api.person('kim')]
    await api.deps.db.none('UPDATE users SET suspended_at = now() WHERE id = $1', [
      suspended.userId,
    ])
    await api.deps.db.none('UPDATE users SET deleted_at = now() WHERE id = $1', [deleted.userId])

    expect(await code(suspended.refreshToken)).toBe('ACCOUNT_DISABLED')
    expect(await code(deleted.refreshToken)).toBe('INVALID_TOKEN')
  })

  it('stores no token that works', async () => {
    const { refreshToken } = await api.person('leo')
    const successor = await next(refreshToken)

    const stored = await api.deps.db.any<{ row: string }>(
      'SELECT refresh_tokens::text AS row FROM refresh_tokens',
    )

    const text = JSON.stringify(stored)
    for (const token of [refreshToken, successor]) {
      expect(text).not.toContain(token)
      expect(text).not.toContain(Buffer.from(token, 'base64url').toString('hex'))
    }
  })
})

describe('refreshSession while JWT_SECRET is replaced', () => {
  it('still gives the successor that the old secret made', async () => {
    const [old, fresh] = ['o', 'n'].map((letter) => letter.repeat(40))
    const before = await startTestApi({ env: { JWT_SECRET: String(old) } })
    const { refreshToken } = await before.person('alice')
    const after = await startTestApi({
      env: { JWT_SECRET: `${fresh},${old}`, DATABASE_URL: before.databaseUrl },
    })
    try {
      const first = await before.open.call(refreshSession, { body: { refreshToken } })
      const again = await after.open.call(refreshSession, { body: { refreshToken } })

      expect(again.refreshToken).toBe(first.refreshToken)
    } finally {
      await after.stop()
      await before.stop()
    }
  })
})

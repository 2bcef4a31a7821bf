import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestClock, testClock } from '@sup/service-kit/clock'
import { createSealer } from '@sup/service-kit/seal'
import { type MailData, MAIL_DATA, MAIL_SEAL, getUser, resendCode, verifyAddress } from '@sup/types'
import { accountChangesOf, outboxOf } from '../../../test/database.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const MINUTE = 60_000

type MailRow = { kind: string; to: string; userId: string; locale: string; data: string }

describe('proving an e-mail address', () => {
  let clock: TestClock
  let api: TestApi
  beforeAll(async () => {
    clock = testClock('2026-01-01T00:00:00.000Z')
    api = await startTestApi({ clock, env: { SMTP_HOST: 'smtp.example.org' } })
  })
  afterAll(() => api.stop())

  const mailsTo = async (userId: string): Promise<MailRow[]> =>
    (await outboxOf(api.deps, userId))
      .filter(({ type }) => type === 'email.requested')
      .map(({ payload }) => payload as MailRow)
  const open = (mail: MailRow | undefined): unknown => {
    const sealer = createSealer(api.deps.config.ENCRYPTION_KEY, MAIL_SEAL)
    return JSON.parse(sealer.unseal(Buffer.from(mail?.data ?? '', 'base64')).toString('utf8'))
  }
  const codeOf = async (userId: string): Promise<MailData<'verify-email'>> =>
    MAIL_DATA['verify-email'].parse(open((await mailsTo(userId)).at(-1)))
  const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
  const verify = (by: { ask: TestApi['open']['ask'] }, body: object) =>
    by.ask(verifyAddress, { body: body })

  it('sends a code on registration, sealed, and takes it once', async () => {
    const alice = await api.person('alice', { email: 'Alice.1@example.org' })
    const [mail, ...others] = await mailsTo(alice.userId)
    expect(others).toEqual([])
    expect(mail).toMatchObject({ kind: 'verify-email', to: 'alice.1@example.org', locale: 'en' })
    const data = await codeOf(alice.userId)
    expect(data).toMatchObject({ name: 'alice', expiresAt: '2026-01-01T00:10:00.000Z' })
    expect(JSON.stringify(mail)).not.toContain(data.code)
    const stored = await api.deps.db.one<{ row: string }>(
      'SELECT c::text AS row FROM verification_codes c WHERE user_id = $1',
      [alice.userId],
    )
    expect(stored.row).not.toContain(data.code)

    const { status, body } = await verify(alice, { type: 'email', code: data.code })
    expect([status, body.data]).toEqual([
      200,
      { verified: true, type: 'email', user: expect.objectContaining({ emailVerified: true }) },
    ])
    expect(await accountChangesOf(api.deps, alice.userId)).toContainEqual({
      type: 'profile',
      body: { user: expect.objectContaining({ emailVerified: true }) },
    })
    const again = await verify(alice, { type: 'email', code: data.code })
    expect([again.status, again.body.error.code]).toEqual([410, 'GONE'])
  })

  it('takes the token of the link without a log-in, once', async () => {
    const bob = await api.person('bob', { email: 'bob@example.org' })
    const { token } = await codeOf(bob.userId)
    const answers = await Promise.all([1, 2, 3].map(() => verify(api.open, { token })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410])
    const good = answers.find(({ status }) => status === 200)
    expect(good?.body.data).toEqual({ verified: true, type: 'email' })
    expect(await bob.call(getUser, { params: { id: 'me' } })).toMatchObject({ emailVerified: true })
    expect((await verify(api.open, { token: 'x'.repeat(43) })).status).toBe(410)
  })

  it('needs the account’s own log-in for a code', async () => {
    const carol = await api.person('carol', { email: 'carol@example.org' })
    const other = await api.person('other')
    const { code } = await codeOf(carol.userId)
    expect((await verify(api.open, { type: 'email', code })).status).toBe(401)
    const wrongToken = api.open.with({ authorization: 'Bearer nonsense' })
    expect((await verify(wrongToken, { type: 'email', code })).status).toBe(401)
    expect((await verify(other, { type: 'email', code })).status).toBe(410)
    expect((await verify(carol, { type: 'phone', code })).status).toBe(410)
    expect((await verify(carol, { type: 'email', code })).status).toBe(200)
  })

  it('kills a code after five wrong ones', async () => {
    const dave = await api.person('dave', { email: 'dave@example.org' })
    const { code } = await codeOf(dave.userId)
    for (let i = 0; i < 5; i++) {
      const answer = await verify(dave, { type: 'email', code: wrong(code) })
      expect([answer.status, answer.body.error.code]).toEqual([422, 'INVALID_CODE'])
    }
    const limited = await verify(dave, { type: 'email', code })
    expect([limited.status, limited.body.error.code]).toEqual([429, 'RATE_LIMITED'])
    await api.flushRedis()
    expect((await verify(dave, { type: 'email', code })).status).toBe(410)
  })

  it('kills code and link after ten minutes', async () => {
    const erin = await api.person('erin', { email: 'erin@example.org' })
    const { code, token } = await codeOf(erin.userId)
    clock.advance(10 * MINUTE)
    expect((await verify(erin, { type: 'email', code })).status).toBe(410)
    expect((await verify(api.open, { token })).status).toBe(410)
  })

  it('sends another code after a minute, and the older one dies', async () => {
    const frank = await api.person('frank', { email: 'frank@example.org' })
    const first = await codeOf(frank.userId)
    const early = await frank.ask(resendCode, { body: { type: 'email' } })
    expect([early.status, early.body.error?.retryAfterMs]).toEqual([429, MINUTE])
    clock.advance(MINUTE)
    const sent = await frank.ask(resendCode, { body: { type: 'email' } })
    expect([sent.status, sent.body.data]).toEqual([202, {}])
    expect((await verify(api.open, { token: first.token })).status).toBe(410)
    const second = await codeOf(frank.userId)
    expect((await verify(api.open, { token: second.token })).status).toBe(200)
    // Nothing is left to prove.
    expect((await frank.ask(resendCode, { body: { type: 'email' } })).status).toBe(202)
    expect(await mailsTo(frank.userId)).toHaveLength(2)
  })

  it('refuses to resend what cannot be sent', async () => {
    const grace = await api.person('grace')
    for (const type of ['email', 'phone'] as const) {
      const { status, body } = await grace.ask(resendCode, { body: { type } })
      expect([status, body.error.code]).toEqual([422, 'INVALID_INPUT'])
    }
  })

  it('tells the owner of an address instead of whoever gives it as theirs', async () => {
    const email = 'heidi@example.org'
    const heidi = await api.person('heidi', { email })
    const { token } = await codeOf(heidi.userId)
    await verify(api.open, { token })
    const thief = await api.person('thief', { email })
    expect(await mailsTo(thief.userId)).toEqual([])
    const notice = (await mailsTo(heidi.userId)).at(-1)
    expect(notice).toMatchObject({ kind: 'security-notice', to: email })
    expect(open(notice)).toMatchObject({ event: 'address-used', name: 'heidi' })
  })

  it('lets only one of two accounts prove an address', async () => {
    const email = 'both@example.org'
    const [one, two] = [await api.person('one', { email }), await api.person('two', { email })]
    const [first, second] = [await codeOf(one.userId), await codeOf(two.userId)]
    expect((await verify(api.open, { token: second.token })).status).toBe(200)
    expect((await verify(api.open, { token: first.token })).status).toBe(410)
  })

  it('floods no mailbox', async () => {
    const email = 'victim@example.org'
    const people = []
    for (let i = 0; i < 7; i++) people.push(await api.person('spammer', { email }))
    const mails = await Promise.all(people.map(({ userId }) => mailsTo(userId)))
    expect(mails.flat()).toHaveLength(5)
  })

  it.each([
    ['nothing', {}],
    ['a code without its type', { code: '123456' }],
    ['token and code', { token: 'x', type: 'email', code: '123456' }],
    ['a short code', { type: 'email', code: '12345' }],
  ])('refuses %s', async (_what, body) => {
    expect((await api.open.askWrong(verifyAddress, body)).status).toBe(400)
  })
})

describe('without a mail server', () => {
  it('writes no mail, and shows developers the code', async () => {
    const lines: string[] = []
    const { createLogger } = await import('@sup/service-kit/log')
    const { Writable } = await import('node:stream')
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString())
        done()
      },
    })
    const log = createLogger({ service: 'main-api', level: 'info', sink })
    const api = await startTestApi({ log })
    try {
      const alice = await api.person('alice', { email: 'alice@example.org' })
      expect(await outboxOf(api.deps, alice.userId)).toEqual([])
      const digits = /"digits":"(\d{6})"/.exec(lines.join('\n'))?.[1] ?? ''
      const { status } = await alice.ask(verifyAddress, { body: { type: 'email', code: digits } })
      expect(status).toBe(200)
      expect(lines.join('\n')).not.toContain('alice@example.org')
    } finally {
      await api.stop()
    }
  })
})

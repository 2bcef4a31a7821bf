import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import {
  type MailServer,
  type RunningService,
  call,
  startMailServer,
  uniqueName,
} from '@sup/testkit'
import { logIn, register, verifyAddress } from '@sup/types'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import { consumeEmails } from './consumers.js'
import { executeEmails } from './jobs.js'

const PACE = {
  againAfterMs: 1000,
  againAtMostMs: 2000,
  standbyMs: 200,
  failedMs: 100,
  finishMs: 50,
}
const BREAKER_MS = 61_000
const PASSWORD = 'correct horse battery staple'

jest.setTimeout(SLOWEST_MS)

/** From a registration to the mail in the mailbox: outbox, RabbitMQ, Bull and SMTP, every part real. */
describe('a mail', () => {
  let ground: TestGround
  let server: MailServer
  let mainApi: RunningService
  let smtp: Record<string, string>
  let deps: Deps
  let skippedMs = 0

  beforeAll(async () => {
    server = await startMailServer()
    ground = await openGround()
    smtp = { SMTP_HOST: '127.0.0.1', SMTP_PORT: String(server.port) }
    mainApi = await ground.startMainApi(smtp)
    deps = ground.deps({
      clock: { now: () => new Date(Date.now() + skippedMs) },
      pace: PACE,
      config: { SMTP_HOST: '127.0.0.1', SMTP_PORT: server.port },
    })
  })
  afterEach(() => {
    server.refuse({})
  })
  afterAll(async () => {
    await ground.stop()
    await server.stop()
  })

  /** Has the worker of this process send what the outbox holds. */
  const startSending = async (): Promise<void> => {
    executeEmails(deps)
    await consumeEmails(deps)
    deps.relay.start()
  }
  const join = async (name: string) => {
    const username = uniqueName(name)
    const email = `${username}@example.org`
    const device = { name: 'phone', platform: 'ios' as const }
    const { accessToken, user } = await call(mainApi, register, {
      body: { username, password: PASSWORD, email, device },
    })
    return { username, email, accessToken, userId: user.id }
  }
  const mailsTo = (email: string) => server.mails().filter(({ to }) => to.includes(email))
  const unfinished = (userId: string): Promise<number> =>
    deps.db.one(
      'SELECT count(*) FROM outbox WHERE finished_at IS NULL AND key = $1',
      [userId],
      (row: { count: number }) => row.count,
    )
  const finished = (userId: string): Promise<unknown> =>
    until('its duties are finished', async () => (await unfinished(userId)) === 0)

  it('that a killed worker was sending comes again under the same Message-ID', async () => {
    const worker = await ground.startWorker(smtp)
    const held = server.holdNext()
    const { email, userId } = await join('killed')
    const first = await held.taken
    await worker.kill()
    held.release()
    expect(first.to).toEqual([email])

    // What the relay and the lease would wait for.
    const { db } = deps
    await db.none(`UPDATE mail_deliveries SET leased_until = now() WHERE state = 'sending'`)
    await db.none('UPDATE outbox SET relayed_at = NULL WHERE finished_at IS NULL')
    await ground.flushRedis()
    await startSending()
    await finished(userId)
    const mails = mailsTo(email)
    expect(mails).toHaveLength(2)
    expect(new Set(mails.map(({ headers }) => headers['message-id'])).size).toBe(1)
  })

  it('brings the code that proves the address, and a link that does too', async () => {
    const alice = await join('alice')
    const mail = await server.find(({ to }) => to.includes(alice.email))
    expect(mail.subject).toBe('Confirm your e-mail address')
    const code = /^ {4}(\d{6})$/m.exec(mail.text)?.[1] ?? ''
    const token = /\/verify#token=([\w-]+)/.exec(mail.html)?.[1] ?? ''
    expect(mail.text).toContain(`http://localhost:8080/verify#token=${token}`)
    const asAlice = { url: mainApi.url, token: alice.accessToken }
    await call(asAlice, verifyAddress, { body: { type: 'email', code } })
    await expect(call(mainApi, verifyAddress, { body: { token } })).rejects.toThrow('GONE')
    await finished(alice.userId)
    expect(mailsTo(alice.email)).toHaveLength(1)

    await call(mainApi, logIn, {
      body: { username: alice.username, password: PASSWORD, device: { name: 'Laptop' } },
    })
    const notice = await server.find(
      ({ to, subject }) => to.includes(alice.email) && subject.startsWith('New log-in'),
    )
    expect(notice.text).toContain('- Device: Laptop\n')
    await finished(alice.userId)
  })

  it('waits for a server that is down', async () => {
    await server.stop()
    const people = [await join('down'), await join('down')]
    await until('a delivery fails for good', () =>
      Promise.resolve(ground.lines().some(({ message }) => message === 'A job failed for good')),
    )
    await server.start()
    skippedMs += BREAKER_MS
    for (const { userId, email } of people) {
      await finished(userId)
      expect(mailsTo(email)).toHaveLength(1)
    }
  })

  it('waits for a server that puts it off', async () => {
    server.refuse({ rcpt: 451 })
    const { userId, email } = await join('later')
    const { rcpt } = server.counts()
    await until('it is refused', () => Promise.resolve(server.counts().rcpt > rcpt))
    expect(await unfinished(userId)).toBe(1)
    server.refuse({})
    await finished(userId)
    expect(mailsTo(email)).toHaveLength(1)
  })

  it('ends when the server refuses it for good', async () => {
    server.refuse({ rcpt: 550 })
    const { userId, email } = await join('refused')
    await finished(userId)
    expect(mailsTo(email)).toEqual([])
  })

  it('is in no log', () => {
    const story = JSON.stringify(ground.lines())
    expect(story).not.toContain('@example.org')
    for (const { text } of server.mails()) {
      const code = /^ {4}(\d{6})$/m.exec(text)?.[1]
      if (code !== undefined) expect(story).not.toContain(code)
    }
  })
})

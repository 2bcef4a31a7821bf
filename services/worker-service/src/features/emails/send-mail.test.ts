import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { PermanentFailure } from '@sup/service-kit/duties'
import { createSealer } from '@sup/service-kit/seal'
import { type MailServer, startMailServer } from '@sup/testkit'
import { type EmailDuty, MAIL_SEAL, type MailData, type MailKind } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import type { Deps } from '../../deps.js'
import { deliveryStore } from './delivery-store.js'
import { sendMail } from './send-mail.js'

const TO = 'alice.keller@example.org'
const NEVER = '2999-01-01T00:00:00.000Z'
const BREAKER_MS = 61_000

jest.setTimeout(SLOWEST_MS)

describe('sendMail', () => {
  let ground: TestGround
  let server: MailServer
  let deps: Deps
  let skippedMs = 0

  beforeAll(async () => {
    server = await startMailServer()
    ground = await openGround()
    deps = ground.deps({
      clock: { now: () => new Date(Date.now() + skippedMs) },
      config: {
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: server.port,
        MAIL_FROM: '"SUP test" <no-reply@sup.example.org>',
        PUBLIC_URL: 'https://sup.example.org',
      },
    })
  })
  afterEach(() => {
    server.refuse({})
    server.clear()
  })
  afterAll(async () => {
    await ground.stop()
    await server.stop()
  })

  const seal = (data: unknown): string =>
    createSealer(deps.config.ENCRYPTION_KEY, MAIL_SEAL)
      .seal(JSON.stringify(data))
      .toString('base64')
  const verification: MailData<'verify-email'> = {
    name: 'Alice',
    code: '402817',
    token: 'x'.repeat(43),
    expiresAt: NEVER,
  }
  const duty = (type: MailKind, data: unknown, more: Partial<EmailDuty> = {}): EmailDuty => ({
    type,
    occurredAt: '2025-11-20T09:30:00.000Z',
    to: TO,
    locale: 'de-CH',
    data: seal(data),
    ...more,
  })
  const send = (one: EmailDuty, id: string = randomUUID()) =>
    sendMail(deps, one, { id, name: one.type })
  const stateOf = (id: string) => deliveryStore(deps.db).state(id)
  const total = async (kind: MailKind, result: string): Promise<number> => {
    const line = new RegExp(`^sup_emails_total\\{kind="${kind}",result="${result}"\\} (\\d+)$`, 'm')
    return Number(line.exec(await deps.metrics.text())?.[1] ?? 0)
  }
  const isConfirmed = async (id: string): Promise<boolean> =>
    (await deps.db.oneOrNone('SELECT 1 FROM processed_jobs WHERE id = $1', [id])) !== null

  it('sends text and HTML in the language of the account, once', async () => {
    const id = randomUUID()
    const one = duty('verify-email', verification)
    await send(one, id)
    await send(one, id)

    const [mail, ...others] = server.mails()
    expect(others).toEqual([])
    expect(mail?.from).toBe('no-reply@sup.example.org')
    expect(mail?.to).toEqual([TO])
    expect(mail?.subject).toBe('E-Mail-Adresse bestätigen')
    expect(mail?.headers).toMatchObject({
      'message-id': `<${id}@sup.example.org>`,
      to: TO,
      'auto-submitted': 'auto-generated',
      'content-type': expect.stringMatching(/^multipart\/alternative;/),
    })
    expect(mail?.headers).not.toHaveProperty('list-unsubscribe')
    expect(mail?.text).toContain('402817')
    expect(mail?.html).toContain('402817')
    expect(mail?.html).toContain(`https://sup.example.org/verify#token=${'x'.repeat(43)}`)
    expect(await stateOf(id)).toBe('sent')
    expect(await total('verify-email', 'sent')).toBe(1)
  })

  it('lets digests be stopped by one click', async () => {
    const token = 't'.repeat(66)
    const missed = { name: 'A', chats: [{ name: 'Ruderclub', unread: 3 }], moreChats: 0 }
    await send(duty('digest', { ...missed, encryptedChats: 1, unsubscribeToken: token }))
    const [mail] = server.mails()
    expect(mail?.headers['list-unsubscribe']).toBe(
      `<https://sup.example.org/api/v1/notifications/unsubscribe?token=${token}>`,
    )
    expect(mail?.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
    expect(mail?.text).toContain('Ruderclub: 3 ungelesen')
  })

  it('puts nothing that people wrote into a header', async () => {
    const evil = 'A\r\nBcc: victim@example.org\r\n\r\nbody'
    const at = '2025-11-20T09:30:00.000Z'
    await send(
      duty('security-notice', {
        name: evil,
        event: 'new-login',
        at,
        deviceName: evil.slice(0, 64),
      }),
    )
    const [mail] = server.mails()
    expect(mail?.to).toEqual([TO])
    expect(mail?.headers).not.toHaveProperty('bcc')
    expect(mail?.text).toContain('Gerät: A Bcc: victim@example.org body')
  })

  it('gives up a mail that the server refuses for good, and names no address', async () => {
    for (const stage of ['mail', 'rcpt', 'data'] as const) {
      const id = randomUUID()
      server.refuse({ [stage]: 550 })
      await send(duty('export-ready', { name: 'A', url: 'https://x.org/', expiresAt: NEVER }), id)
      expect(await stateOf(id)).toBe('failed')
      expect(await isConfirmed(id)).toBe(true)
    }
    expect(await total('export-ready', 'failed')).toBe(3)
    const story = ground.lines().filter(({ message }) => message === 'A mail was refused for good')
    expect(story.at(-1)).toMatchObject({ kind: 'export-ready', reply: 550 })
    expect(JSON.stringify(ground.lines())).not.toContain(TO)
  })

  it.each([
    ['a server that hangs up', { mail: 421 }],
    ['a recipient for whom it is too early', { rcpt: 451 }],
    ['a full disk after the data', { data: 452 }],
    ['a server that wants a log-in', { mail: 530 }],
  ])('tries again later after %s', async (_what, refused) => {
    const id = randomUUID()
    const one = duty('verify-email', verification)
    server.refuse(refused)
    await expect(send(one, id)).rejects.toThrow(/mail server/)
    expect(await stateOf(id)).toBe('sending')
    expect(await isConfirmed(id)).toBe(false)

    server.refuse({})
    await send(one, id)
    expect(server.mails()).toHaveLength(1)
    expect(await stateOf(id)).toBe('sent')
  })

  it('leaves a mail that another worker has in hand', async () => {
    const id = randomUUID()
    const one = duty('verify-email', verification)
    const held = server.holdNext()
    const first = send(one, id)
    await held.taken
    await expect(send(one, id)).rejects.toThrow('another worker has this mail in hand')
    held.release()
    await first
    await send(one, id)
    expect(server.mails()).toHaveLength(1)
  })

  it('sends no code that is past its time', async () => {
    const id = randomUUID()
    const past = { ...verification, expiresAt: '2025-01-01T00:00:00.000Z' }
    await send(duty('verify-email', past), id)
    expect(server.mails()).toEqual([])
    expect(await stateOf(id)).toBe('expired')
    expect(await isConfirmed(id)).toBe(true)
  })

  it('keeps a duty whose data it cannot read', async () => {
    const id = randomUUID()
    const broken = [
      duty('digest', verification),
      duty('verify-email', verification, { data: Buffer.alloc(64).toString('base64') }),
    ]
    for (const one of broken) await expect(send(one, id)).rejects.toThrow(PermanentFailure)
    expect(await stateOf(id)).toBeUndefined()
    expect(await isConfirmed(id)).toBe(false)
  })

  it('keeps the duties while there is no mail server in its configuration', async () => {
    const none = ground.deps({})
    const one = duty('verify-email', verification)
    const job = { id: randomUUID(), name: one.type }
    const keys = { ENCRYPTION_KEY: deps.config.ENCRYPTION_KEY }
    await expect(
      sendMail({ ...none, config: { ...none.config, ...keys } }, one, job),
    ).rejects.toThrow('SMTP_HOST is not set')
    expect(await isConfirmed(job.id)).toBe(false)
  })

  it('leaves a server that is down alone for a while', async () => {
    const one = duty('verify-email', verification)
    server.refuse({ mail: 421 })
    for (let i = 0; i < 5; i++) await expect(send(one)).rejects.toThrow()
    const { mail: asked } = server.counts()
    await expect(send(one)).rejects.toThrow()
    expect(server.counts().mail).toBe(asked)
    expect(await deps.metrics.text()).toContain('sup_breaker_state{dependency="smtp"} 2')

    server.refuse({})
    skippedMs += BREAKER_MS
    await send(one)
    expect(server.mails()).toHaveLength(1)
  })

  it('does not hold refused mails against the server', async () => {
    server.refuse({ rcpt: 550 })
    for (let i = 0; i < 6; i++) await send(duty('verify-email', verification))
    server.refuse({ rcpt: 451 })
    for (let i = 0; i < 6; i++) {
      await expect(send(duty('verify-email', verification))).rejects.toThrow('451')
    }
    server.refuse({})
    await send(duty('verify-email', verification))
    expect(server.mails()).toHaveLength(1)
  })
})

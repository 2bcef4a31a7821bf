import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestClock, testClock } from '@sup/service-kit/clock'
import { createSealer } from '@sup/service-kit/seal'
import { MAIL_DATA, MAIL_SEAL, type MailData, runJob, unsubscribe } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf, say } from '../../../test/chats.js'
import { accountChangesOf, outboxOf } from '../../../test/database.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { makeUnsubscribeToken } from './unsubscribe-token.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let clock: TestClock
let api: TestApi
beforeAll(async () => {
  clock = testClock('2026-03-02T12:00:00.000Z')
  api = await startTestApi({ clock, env: { SMTP_HOST: 'smtp.example.org', JWT_EXPIRES_IN: '90d' } })
})
afterAll(() => api.stop())

const unseal = (data: string): unknown => {
  const sealer = createSealer(api.deps.config.ENCRYPTION_KEY, MAIL_SEAL)
  return JSON.parse(sealer.unseal(Buffer.from(data, 'base64')).toString('utf8'))
}
/** Somebody with a proven address who wants digests. */
async function reader(name: string, digest = 'daily'): Promise<TestPerson> {
  const person = await api.person(name, { email: `${name}@example.org` })
  await api.deps.db.none('UPDATE users SET email_verified = true, locale = $2 WHERE id = $1', [
    person.userId,
    'de',
  ])
  await api.deps.db.none(
    `INSERT INTO notification_preferences (user_id, email_digest) VALUES ($1, $2)`,
    [person.userId, digest],
  )
  return person
}

describe('a log-in on a new device', () => {
  const notices = async ({ userId }: TestPerson) =>
    (await outboxOf(api.deps, userId)).filter(({ type }) => type === 'session.created')

  it('is told to the verified address, once per device', async () => {
    const alice = await reader('alice')
    const laptop = await alice.logIn({ name: 'Laptop <b>', platform: 'web' })
    await alice.logIn({ id: laptop.id })
    const [row, ...others] = await notices(alice)
    expect(others).toEqual([])
    const payload = row?.payload as { notice: { to: string; locale: string; data: string } }
    expect(payload).toMatchObject({
      userId: alice.userId,
      sessionId: laptop.sessionId,
      deviceId: laptop.id,
      notice: { to: 'alice@example.org', locale: 'de' },
    })
    expect(unseal(payload.notice.data)).toEqual({
      event: 'new-login',
      name: 'alice',
      at: clock.now().toISOString(),
      deviceName: 'Laptop <b>',
      address: '127.0.0.0/24',
    })
  })

  it('is told to no address that is not proven', async () => {
    const bob = await api.person('bob', { email: 'bob@example.org' })
    await bob.logIn()
    expect(await notices(bob)).toEqual([])
  })
})

describe('unsubscribe', () => {
  const tokenOf = ({ userId }: { userId: string }, kind: 'digest' | 'new-message' = 'digest') =>
    makeUnsubscribeToken(api.deps.config.ENCRYPTION_KEY, { userId, kind })
  const preferences = ({ userId }: TestPerson) =>
    api.deps.db.one<{ digest: string; enabled: boolean }>(
      `SELECT email_digest AS digest, email_enabled AS enabled FROM notification_preferences WHERE user_id = $1`,
      [userId],
    )
  const post = (token: string, body: string, type: string) =>
    fetch(`${api.publicUrl}${unsubscribe.path}?token=${token}`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    })
  const FORM = 'application/x-www-form-urlencoded'

  it('stops the digest by a token, and tells the other devices', async () => {
    const person = await reader('carol')
    const ask = () => api.open.ask(unsubscribe, { body: { token: tokenOf(person) } })
    expect((await ask()).body).toEqual({ success: true, data: {} })
    expect((await ask()).status).toBe(200)
    expect(await preferences(person)).toEqual({ digest: 'off', enabled: true })
    const changes = await accountChangesOf(api.deps, person.userId)
    expect(changes.filter(({ type }) => type === 'settings')).toEqual([
      {
        type: 'settings',
        body: { preferences: expect.objectContaining({ email: { enabled: true, digest: 'off' } }) },
      },
    ])
  })

  it('takes one click of a mail program, as either form', async () => {
    const [one, two] = [await reader('dave'), await reader('erin')]
    expect((await post(tokenOf(one), 'List-Unsubscribe=One-Click', FORM)).status).toBe(200)
    const part = 'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    const multipart = `--xYz\r\n${part}--xYz--\r\n`
    const answer = await post(tokenOf(two), multipart, 'multipart/form-data; boundary="xYz"')
    expect(answer.status).toBe(200)
    for (const person of [one, two]) expect((await preferences(person)).digest).toBe('off')
  })

  it('stops other mail of people who have no preferences yet', async () => {
    const person = await api.person('frank')
    const body = { token: tokenOf(person, 'new-message') }
    expect((await api.open.ask(unsubscribe, { body })).status).toBe(200)
    expect(await preferences(person)).toEqual({ digest: 'off', enabled: false })
  })

  it('does nothing by GET, without the form, or with another form', async () => {
    const person = await reader('grace')
    const url = `${api.publicUrl}${unsubscribe.path}?token=${tokenOf(person)}`
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(url, { method: 'POST' })).status).toBe(400)
    expect((await post(tokenOf(person), 'List-Unsubscribe=Two', FORM)).status).toBe(400)
    expect((await post(tokenOf(person), 'x=1', FORM)).status).toBe(400)
    expect((await post(tokenOf(person), 'x', 'text/plain')).status).toBe(415)
    expect((await preferences(person)).digest).toBe('daily')
  })

  it('refuses a token that this server did not make, and says nothing about accounts', async () => {
    const person = await reader('heidi')
    const good = Buffer.from(tokenOf(person), 'base64url')
    for (const at of [0, 5, good.length - 1]) {
      const bytes = Buffer.from(good)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      const { status, body } = await api.open.ask(unsubscribe, {
        body: { token: bytes.toString('base64url') },
      })
      expect([status, body.error.code]).toEqual([401, 'INVALID_TOKEN'])
    }
    const other = makeUnsubscribeToken('another key', { userId: person.userId, kind: 'digest' })
    expect((await api.open.ask(unsubscribe, { body: { token: other } })).status).toBe(401)
    const nobody = { token: tokenOf({ userId: randomUUID() }) }
    expect((await api.open.ask(unsubscribe, { body: nobody })).status).toBe(200)
    expect((await preferences(person)).digest).toBe('daily')
  })
})

describe('the job digest', () => {
  /** Messages get the time of the database, which no test can set. */
  const sayNow = async (person: TestPerson, chatId: string, content: string): Promise<void> => {
    const { id } = await say(person, chatId, content)
    const values = [chatId, clock.now(), id]
    await api.deps.db.none(
      'UPDATE messages SET created_at = $2 WHERE chat_id = $1 AND id = $3',
      values,
    )
    await api.deps.db.none('UPDATE chats SET last_activity_at = $2 WHERE id = $1', values)
  }
  const run = async (limit = 100) => {
    const step = () => api.service.call(runJob, { params: { name: 'digest' }, body: { limit } })
    for (let remaining = 1; remaining > 0;) ({ remaining } = await step())
    return step()
  }
  const digestsOf = async ({ userId }: TestPerson): Promise<MailData<'digest'>[]> =>
    (await outboxOf(api.deps, userId))
      .map(({ payload }) => payload as { kind?: string; data: string })
      .filter(({ kind }) => kind === 'digest')
      .map(({ data }) => MAIL_DATA.digest.parse(unseal(data)))

  it('counts what was missed by chat, names no encrypted one, and comes once a day', async () => {
    const ivan = await reader('ivan')
    const friend = await api.person('Friend')
    const chat = await directChat(friend, ivan)
    const group = await groupOf(friend, ivan)
    for (const text of ['one', 'two']) await say(friend, group.id, text)
    await say(friend, chat.id, 'hello')
    await say(ivan, chat.id, 'my own words')

    await run()
    const [digest, ...others] = await digestsOf(ivan)
    expect(others).toEqual([])
    expect(digest).toMatchObject({
      name: 'ivan',
      chats: [
        { name: 'Rowing club', unread: 2 },
        { name: 'Friend', unread: 1 },
      ],
      moreChats: 0,
      encryptedChats: 0,
    })
    await run()
    clock.advance(11 * HOUR)
    await run()
    expect(await digestsOf(ivan)).toHaveLength(1)
  })

  it('says nothing of an encrypted chat but that there is something', async () => {
    const judy = await reader('judy')
    const friend = await api.person('Confidant')
    const chat = await groupOf(friend, judy)
    await say(friend, chat.id, 'sealed')
    // As an encrypted chat that got a message.
    await api.deps.db.none(`UPDATE chats SET encryption = 'e2ee' WHERE id = $1`, [chat.id])
    await run()
    const [digest] = await digestsOf(judy)
    expect(digest).toMatchObject({ chats: [], encryptedChats: 1 })
    expect(JSON.stringify(digest)).not.toContain('Rowing club')
  })

  it('comes again the next day only for what is new', async () => {
    const kim = await reader('kim')
    const friend = await api.person('Friend')
    const chat = await directChat(friend, kim)
    await sayNow(friend, chat.id, 'old')
    await run()
    clock.advance(DAY)
    await run()
    expect(await digestsOf(kim)).toHaveLength(1)
    clock.advance(HOUR)
    await sayNow(friend, chat.id, 'new')
    clock.advance(DAY)
    await run()
    const digests = await digestsOf(kim)
    expect(digests.map(({ chats }) => chats[0]?.unread)).toEqual([1, 1])
  })

  it('comes weekly to whom that is enough', async () => {
    const lena = await reader('lena', 'weekly')
    const friend = await api.person('Friend')
    const chat = await directChat(friend, lena)
    for (let day = 0; day < 8; day++) {
      await sayNow(friend, chat.id, `day ${day}`)
      await run()
      clock.advance(DAY)
    }
    expect(await digestsOf(lena)).toHaveLength(2)
  })

  it('is sent to nobody who has not asked, not proven the address, or hears nothing of the chat', async () => {
    const [off, unproven, muted, disabled] = [
      await reader('off', 'off'),
      await reader('unproven'),
      await reader('muted'),
      await reader('disabled'),
    ]
    const { db } = api.deps
    const people = [off, unproven, muted, disabled]
    const friend = await api.person('Friend')
    for (const person of people) await say(friend, (await directChat(friend, person)).id, 'hi')
    await db.none('UPDATE users SET email_verified = false WHERE id = $1', [unproven.userId])
    await db.none(`UPDATE chat_members SET notification_level = 'none' WHERE user_id = $1`, [
      muted.userId,
    ])
    await db.none('UPDATE notification_preferences SET email_enabled = false WHERE user_id = $1', [
      disabled.userId,
    ])
    await run()
    for (const person of people) expect(await digestsOf(person)).toEqual([])
  })

  it('may be run by several at once, in small steps', async () => {
    const friend = await api.person('Friend')
    const people = []
    for (let i = 0; i < 5; i++) people.push(await reader(`many${i}`))
    for (const person of people) await say(friend, (await directChat(friend, person)).id, 'hi')
    await Promise.all([run(2), run(2), run(3)])
    for (const person of people) expect(await digestsOf(person)).toHaveLength(1)
    expect(await run(2)).toEqual({ done: 0, remaining: 0 })
  })
})

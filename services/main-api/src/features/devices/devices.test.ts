import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  listDevices,
  logIn,
  refreshSession,
  removeDevice,
  renameDevice,
  userChannel,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import { accountChangesOf, outboxOf } from '../../../test/database.js'
import { recordHints } from '../../../test/hints.js'
import type { TestDevice, TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('devices', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  const numbersOf = async (person: TestDevice): Promise<number[]> =>
    (await person.call(listDevices, { query: { limit: 100 } })).map((one) => one.deviceNumber)

  it('are named, composed, and told to the others once', async () => {
    const person = await api.person('alice')
    const hints = await recordHints(api.deps, userChannel(person.userId))
    const rename = (name: string) =>
      person.call(renameDevice, { params: { deviceId: person.id }, body: { name } })

    const device = await rename('Cafe\u0301 phone')
    await rename('Café phone')

    expect(device).toMatchObject({ id: person.id, name: 'Café phone', current: true })
    const named = (await accountChangesOf(api.deps, person.userId)).filter(
      ({ body }) => (body['device'] as { name: string } | undefined)?.name === 'Café phone',
    )
    expect(named).toHaveLength(1)
    expect(await hints.find(({ exceptDevice }) => exceptDevice === person.id)).toMatchObject({
      change: { type: 'device', device: { name: 'Café phone' } },
    })
    await hints.stop()
  })

  it.each([
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a long name', { name: 'x'.repeat(65) }],
    ['a name with NUL', { name: 'a\u0000' }],
    ['a number', { name: 7 }],
  ])('cannot be given %s', async (_what, body) => {
    const person = await api.person('bob')
    const answer = await person.askWrong(renameDevice, body, { deviceId: person.id })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  it('of others, unknown and removed ones are all not found', async () => {
    const [carol, mallory] = [await api.person('carol'), await api.person('mallory')]
    const removed = await mallory.logIn()
    await mallory.call(removeDevice, { params: { deviceId: removed.id } })

    for (const deviceId of [carol.id, removed.id, randomUUID()]) {
      const answers = [
        await mallory.ask(renameDevice, { params: { deviceId }, body: { name: 'mine' } }),
        await mallory.ask(removeDevice, { params: { deviceId } }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([404, 404])
    }
    const malformed = await mallory.askWrong(removeDevice, undefined, { deviceId: '1' })
    expect(malformed.status).toBe(400)
    expect(await carol.call(listDevices)).toMatchObject([{ name: 'phone' }])
  })

  it('end their sessions, lose their marks and tell the account when they are removed', async () => {
    const person = await api.person('dave')
    const laptop = await person.logIn()
    const hints = await recordHints(api.deps, userChannel(person.userId))

    await person.call(removeDevice, { params: { deviceId: laptop.id } })

    const refreshed = await api.open.ask(refreshSession, {
      body: { refreshToken: laptop.refreshToken },
    })
    expect(refreshed.status).toBe(401)
    expect(await accountChangesOf(api.deps, person.userId)).toContainEqual({
      type: 'device_removed',
      body: { deviceId: laptop.id },
    })
    expect(await outboxOf(api.deps, person.userId)).toMatchObject([
      { type: 'session.revoked', payload: { sessionIds: [laptop.sessionId] } },
    ])
    const written = await api.deps.db.any(
      'SELECT kind FROM session_revocations WHERE device_id = $1 ORDER BY kind',
      [laptop.id],
    )
    expect(written).toEqual([{ kind: 'device' }, { kind: 'session' }])
    await hints.find(({ type, sessionId }) => type === 'revoked' && sessionId === laptop.sessionId)
    await hints.stop()
  })

  it('with keys lose them, and every chat of the account learns that its devices changed', async () => {
    const person = await api.person('erin')
    const laptop = await person.logIn()
    const { db } = api.deps
    await db.none(
      `INSERT INTO identity_keys (device_id, user_id, identity_key) VALUES ($1, $2, $3)`,
      [laptop.id, person.userId, Buffer.alloc(33, 5)],
    )
    const chat = randomUUID()
    const role = randomUUID()
    await db.none(
      `INSERT INTO chats (id, type, encryption, created_by, created_at, updated_at, history_visibility,
                          join_mode, last_activity_at)
       VALUES ($1, 'group', 'e2ee', $2, now(), now(), 'full', 'invite', now())`,
      [chat, person.userId],
    )
    await db.none(
      `INSERT INTO chat_roles (id, chat_id, name, position, permissions) VALUES ($1, $2, 'x', 1, '{}')`,
      [role, chat],
    )
    await db.none(
      `INSERT INTO chat_members (chat_id, user_id, role_id, joined_at, base_seq, base_digest)
       VALUES ($1, $2, $3, now(), 0, $4)`,
      [chat, person.userId, role, Buffer.alloc(32)],
    )

    await person.call(removeDevice, { params: { deviceId: laptop.id } })

    expect(await db.any('SELECT FROM identity_keys WHERE device_id = $1', [laptop.id])).toEqual([])
    expect(await db.one('SELECT device_version FROM chats WHERE id = $1', [chat])).toEqual({
      device_version: 1,
    })
  })

  it('get the lowest number that was never used', async () => {
    const person = await api.person('frank')
    const second = await person.logIn()
    await person.call(removeDevice, { params: { deviceId: second.id } })

    await person.logIn()

    expect(await numbersOf(person)).toEqual([3, 1])
  })

  it('get different numbers when several log in at once', async () => {
    const person = await api.person('grace')

    await Promise.all([1, 2, 3, 4].map(() => person.logIn()))

    expect((await numbersOf(person)).sort()).toEqual([1, 2, 3, 4, 5])
  })

  it('that are removed while their owner logs in on them keep no session', async () => {
    const person = await api.person('kim')
    for (let round = 0; round < 5; round++) {
      const laptop = await person.logIn()
      const { username, password } = person
      const device = { id: laptop.id }
      await Promise.all([
        person.ask(removeDevice, { params: { deviceId: laptop.id } }),
        api.open.call(logIn, { body: { username, password, device } }),
      ])
    }
    const left = await api.deps.db.any(
      `SELECT FROM sessions s JOIN user_devices d ON d.id = s.device_id
        WHERE d.user_id = $1 AND d.removed_at IS NOT NULL AND s.revoked_at IS NULL`,
      [person.userId],
    )
    expect(left).toEqual([])
  })

  describe('after all 127 numbers', () => {
    /** Fills the account up, the oldest first; every device but the first was last seen in its minute. */
    const fill = async (person: TestPerson): Promise<void> => {
      await api.deps.db.none(
        `INSERT INTO user_devices (id, user_id, device_number, name, platform, created_at, last_seen)
         SELECT gen_random_uuid(), $1, n, 'device ' || n, 'other', now(), now() - (200 - n) * interval '1 minute'
           FROM generate_series(2, 127) n`,
        [person.userId],
      )
    }

    it('take that of the removed device unused longest', async () => {
      const person = await api.person('heidi')
      await fill(person)
      await api.deps.db.none(
        `UPDATE user_devices SET removed_at = now() - device_number * interval '1 hour'
          WHERE user_id = $1 AND device_number IN (40, 50)`,
        [person.userId],
      )

      const laptop = await person.logIn({ name: 'laptop' })

      const [newest] = await person.call(listDevices)
      expect(newest).toMatchObject({ id: laptop.id, deviceNumber: 50, name: 'laptop' })
    })

    it('remove the device unused longest', async () => {
      const person = await api.person('ivan')
      await fill(person)

      const laptop = await person.logIn()

      const names = (await person.call(listDevices, { query: { limit: 100, page: 2 } })).map(
        ({ name }) => name,
      )
      expect(names).not.toContain('device 2')
      const [newest] = await person.call(listDevices)
      expect(newest).toMatchObject({ id: laptop.id, deviceNumber: 2 })
      expect(await accountChangesOf(api.deps, person.userId)).toMatchObject(
        expect.arrayContaining([{ type: 'device_removed', body: expect.anything() }]),
      )
    })
  })

  it('survive two removals of the same one at once', async () => {
    const person = await api.person('judy')
    const laptop = await person.logIn()
    const remove = () => person.ask(removeDevice, { params: { deviceId: laptop.id } })

    const answers = await Promise.all([remove(), remove(), remove()])

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
    const { username, password } = person
    const back = await api.open.call(logIn, {
      body: { username, password, device: { id: laptop.id } },
    })
    expect(back.deviceId).not.toBe(laptop.id)
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import { createSealer } from '@sup/service-kit/seal'
import {
  PUSH_SEAL,
  type PushTarget,
  bootstrapAdmin,
  deletePushToken,
  getPreferences,
  getServer,
  listPushLog,
  logOut,
  markChatRead,
  putPushToken,
  readPushDevices,
  readPushLog,
  removeDevice,
  removePushTokens,
  sendTestPush,
  updatePreferences,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, say } from '../../../test/chats.js'
import { accountChangesOf, outboxOf } from '../../../test/database.js'
import type { TestDevice, TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const P256DH =
  'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'
const AUTH = 'BTBZMqHH6r4Tts7J_aSIgg'

describe('notifications', () => {
  const clock = testClock('2025-11-20T12:00:00.000Z')
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson

  beforeAll(async () => {
    api = await startTestApi({ clock })
    alice = await api.person('Alice')
    bob = await api.person('Bob')
  })
  afterAll(() => api.stop())

  const register = async (device: Pick<TestDevice, 'call'>, token: string = randomUUID()) => {
    await device.call(putPushToken, { body: { provider: 'fcm', platform: 'android', token } })
    return token
  }
  const browser = (endpoint: string) =>
    ({
      provider: 'webpush',
      subscription: { endpoint, keys: { p256dh: P256DH, auth: AUTH } },
    }) as const
  const devicesOf = async (person: TestPerson): Promise<PushTarget[]> =>
    (await api.service.call(readPushDevices, { body: { userId: person.userId } })).targets
  describe('a push token', () => {
    it('belongs to one device, is sealed, and a repetition changes nothing', async () => {
      const carol = await api.person('Carol')
      const body = { provider: 'fcm', platform: 'ios', token: 'a token of carol' } as const
      const first = await carol.call(putPushToken, { body })
      expect(first).toMatchObject({ provider: 'fcm', platform: 'ios' })
      expect(await carol.call(putPushToken, { body })).toEqual(first)

      const web = await carol.call(putPushToken, { body: browser('https://push.example.org/1') })
      expect(web.platform).toBe('web')
      expect(web.id).not.toBe(first.id)
      const [device, ...others] = await devicesOf(carol)
      expect(others).toEqual([])
      const sealer = createSealer(api.deps.config.ENCRYPTION_KEY, PUSH_SEAL)
      const opened = sealer.unseal(Buffer.from(device?.token ?? '', 'base64')).toString()
      expect(JSON.parse(opened)).toMatchObject({ endpoint: 'https://push.example.org/1' })
    })

    it('is taken over by whoever registers it next', async () => {
      const carol = await api.person('Carol')
      const dora = await api.person('Dora')
      const token = await register(carol)
      await register(dora, token)
      expect(await devicesOf(carol)).toEqual([])
      expect(await devicesOf(dora)).toHaveLength(1)
    })

    it('ends with its session, its device, or on demand', async () => {
      const carol = await api.person('Carol')
      const laptop = await carol.logIn()
      const tablet = await carol.logIn()
      for (const device of [carol, laptop, tablet]) await register(device)
      await laptop.call(logOut, { body: {} })
      expect(await devicesOf(carol)).toHaveLength(2)
      await carol.call(removeDevice, { params: { deviceId: tablet.id } })
      expect(await devicesOf(carol)).toHaveLength(1)
      await carol.call(deletePushToken)
      await carol.call(deletePushToken)
      expect(await devicesOf(carol)).toEqual([])
    })

    it('is refused when it is incomplete or leads into a private network', async () => {
      const { status } = await alice.askWrong(putPushToken, { provider: 'fcm', token: 'x' })
      expect(status).toBe(400)
      for (const endpoint of ['http://push.example.org/', 'https://10.0.0.1/', 'https://redis/x']) {
        expect((await alice.ask(putPushToken, { body: browser(endpoint) })).status).toBe(422)
      }
    })

    it('is removed as invalid only while it is the one that was meant', async () => {
      const carol = await api.person('Carol')
      await register(carol)
      const [old] = await devicesOf(carol)
      await register(carol)
      const remove = (target: PushTarget | undefined) =>
        api.service.call(removePushTokens, {
          body: {
            tokens: target ? [{ tokenId: target.tokenId, tokenHash: target.tokenHash }] : [],
          },
        })
      expect(await remove(old)).toEqual({ removed: 0 })
      expect(await remove((await devicesOf(carol))[0])).toEqual({ removed: 1 })
    })
  })

  it('keeps preferences and tells the other devices of a change once', async () => {
    const carol = await api.person('Carol')
    const defaults = await carol.call(getPreferences)
    expect(defaults).toEqual({
      push: { enabled: true, showSender: true, sound: true },
      email: { enabled: true, digest: 'off' },
      mutedUntil: null,
      quietHours: null,
    })
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
    const body = { push: { sound: false }, mutedUntil: '2025-11-21T09:00:00+01:00', quietHours }
    const changed = await carol.call(updatePreferences, { body })
    expect(changed).toEqual({
      ...defaults,
      push: { enabled: true, showSender: true, sound: false },
      mutedUntil: '2025-11-21T08:00:00.000Z',
      quietHours,
    })
    expect(await carol.call(updatePreferences, { body })).toEqual(changed)
    const changes = await accountChangesOf(api.deps, carol.userId)
    expect(changes.filter(({ type }) => type === 'settings')).toEqual([
      { type: 'settings', body: { preferences: changed } },
    ])
    const wrong = { quietHours: { ...quietHours, timeZone: 'Mars/Olympus' } }
    expect((await carol.ask(updatePreferences, { body: wrong })).status).toBe(400)
  })

  it('asks for a test push and shows an empty trace', async () => {
    expect((await bob.ask(sendTestPush)).status).toBe(202)
    expect(await outboxOf(api.deps, bob.userId)).toContainEqual({
      type: 'push.test_requested',
      payload: { userId: bob.userId },
    })
    expect(await bob.call(listPushLog)).toEqual([])
  })

  it('shows the trace of its own to everybody, and anybody’s to administrators', async () => {
    const [root, carol] = await Promise.all([api.person('root'), api.person('Carol')])
    await api.service.call(bootstrapAdmin, { body: { username: root.username } })
    await api.deps.db.none(
      `INSERT INTO push_log (user_id, device_id, kind, state, reason, at)
       SELECT user_id, id, 'test', 'skipped', 'no_provider', $2 FROM user_devices WHERE user_id = $1`,
      [carol.userId, clock.now()],
    )
    const entry = { kind: 'test', state: 'skipped', reason: 'no_provider' }
    const log = await carol.call(listPushLog)
    expect(log).toMatchObject([{ entries: [entry] }])
    const params = { userId: carol.userId }
    expect(await root.call(readPushLog, { params })).toEqual(log)
    expect((await carol.ask(readPushLog, { params })).status).toBe(404)
    expect((await root.ask(readPushLog, { params: { userId: randomUUID() } })).status).toBe(404)
  })

  it('announces no channel that it has no credentials for', async () => {
    const server = await api.open.call(getServer)
    expect(server.features).toMatchObject({ push: false, webPush: false })
    expect(server.vapidPublicKey).toBeUndefined()
  })

  describe('the duty to notify', () => {
    it('is written only when somebody in the chat has a token', async () => {
      const [carol, dora] = [await api.person('Carol'), await api.person('Dora')]
      const { id } = await directChat(carol, dora)
      await say(carol, id, 'nobody is told')
      expect(await outboxOf(api.deps, id)).toEqual([])
      await register(dora)
      const { seq } = await say(carol, id, 'dora is told')
      expect(await outboxOf(api.deps, id)).toEqual([
        { type: 'message.created', payload: { chatId: id, fromSeq: seq, toSeq: seq } },
      ])
    })

    it('is written for reading when another device of the reader has a token', async () => {
      const [carol, dora] = [await api.person('Carol'), await api.person('Dora')]
      const laptop = await dora.logIn()
      const { id } = await directChat(carol, dora)
      await register(dora)
      const { seq } = await say(carol, id, 'one')
      await dora.call(markChatRead, { params: { id }, body: {} })
      const reads = async () =>
        (await outboxOf(api.deps, id)).filter(({ type }) => type === 'receipt.read')
      expect(await reads()).toEqual([])

      await register(laptop)
      const next = await say(carol, id, 'two')
      await laptop.call(markChatRead, { params: { id }, body: {} })
      await laptop.call(markChatRead, { params: { id }, body: {} })
      expect(next.seq).toBeGreaterThan(seq)
      const payload = { userId: dora.userId, chatId: id, readSeq: next.seq, deviceId: laptop.id }
      expect(await reads()).toEqual([{ type: 'receipt.read', payload }])
    })
  })
})

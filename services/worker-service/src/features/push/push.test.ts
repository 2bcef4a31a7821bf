import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { readVapid } from '@sup/service-kit/vapid'
import type { RunningService } from '@sup/testkit'
import {
  type PushLogEntry,
  listPushLog,
  markChatDelivered,
  markChatRead,
  sendTestPush,
  updatePreferences,
} from '@sup/types'
import { createECDH } from 'node:crypto'
import { type FcmServer, startFcm } from '../../../test/fcm-server.js'
import { type Phone, groupOf, say, somebody, useBrowser, useFcm } from '../../../test/people.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import { type WebPushServer, startWebPush } from '../../../test/web-push-server.js'
import type { Deps } from '../../deps.js'
import { consumePushes } from './consumers.js'
import { executePushes } from './jobs.js'
import { prunePushTrace } from './run-push.js'

const PACE = { againAfterMs: 3000, againAtMostMs: 5000, standbyMs: 200, finishMs: 50 }

jest.setTimeout(SLOWEST_MS)

const ecdh = createECDH('prime256v1')
ecdh.generateKeys()
const vapidKey = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()])
  .subarray(-32)
  .toString('base64url')

/** From a message to the device, every part real; only Google and the push service are written for the test. */
describe('a push', () => {
  let ground: TestGround
  let mainApi: RunningService
  let deps: Deps
  let fcm: FcmServer
  let service: WebPushServer

  beforeAll(async () => {
    ground = await openGround()
    fcm = await startFcm()
    service = await startWebPush(readVapid(vapidKey)?.publicKey ?? '')
    mainApi = await ground.startMainApi()
    deps = ground.deps({
      pace: PACE,
      fcmUrl: fcm.url,
      config: {
        MAIN_API_INTERNAL_URL: mainApi.internalUrl,
        FCM_SERVICE_ACCOUNT: fcm.serviceAccount,
        VAPID_PRIVATE_KEY: vapidKey,
      },
    })
    executePushes(deps)
    await consumePushes(deps)
    deps.relay.start()
  })
  afterAll(async () => {
    await ground.stop()
    await Promise.all([fcm.close(), service.close()])
  })

  const person = (name: string): Promise<Phone> => somebody(mainApi.url, name)
  /** Every duty of a chat or account has had its effect. */
  const allDone = (key: string): Promise<unknown> =>
    until('every duty is finished', () =>
      deps.db.one(
        'SELECT count(*) FROM outbox WHERE key = $1 AND finished_at IS NULL',
        [key],
        (row: { count: number }) => row.count === 0,
      ),
    )
  const trace = async (phone: Phone, ofDevice = phone.deviceId): Promise<PushLogEntry[]> => {
    const log = await phone.call(listPushLog)
    return log.find(({ deviceId }) => deviceId === ofDevice)?.entries ?? []
  }
  const outcomes = async (phone: Phone, ofDevice?: string): Promise<string[]> =>
    (await trace(phone, ofDevice)).map(({ kind, state, reason }) =>
      [kind, state, reason].filter(Boolean).join(' '),
    )
  const sentTo = (token: string) => fcm.sent.filter((message) => message.token === token)

  it('reaches a browser and a phone once, sealed and under one key', async () => {
    const [alice, bob, carol] = [await person('Alice'), await person('Bob'), await person('Carol')]
    const browser = service.subscribe()
    await useBrowser(bob, browser)
    const token = await useFcm(carol, 'ios')
    const { id } = await groupOf(alice, bob, carol)
    const message = await say(alice, id, 'Tomorrow at seven?')
    await allDone(id)

    const payload = {
      kind: 'message',
      chatId: id,
      messageId: message.id,
      seq: message.seq,
      badge: 1,
      sound: true,
      senderName: 'Alice',
      chatName: 'Rowing club',
      text: 'Tomorrow at seven?',
    }
    expect(browser.received.map((push) => push.payload)).toEqual([payload])
    expect(browser.received[0]?.headers).toMatchObject({ ttl: '86400', urgency: 'high' })
    expect(browser.received[0]?.headers['topic']).toHaveLength(22)
    const [pushed, ...more] = sentTo(token)
    expect(more).toEqual([])
    expect(pushed?.data).toEqual(
      Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)])),
    )
    expect(pushed?.apns?.headers['apns-collapse-id']).toBe(id)
    expect(pushed?.apns?.payload.aps).toMatchObject({
      alert: { title: 'Alice', subtitle: 'Rowing club', body: 'Tomorrow at seven?' },
      badge: 1,
      sound: 'default',
    })
    expect(await outcomes(bob)).toEqual(['message sent'])
    expect(await trace(alice)).toEqual([])
    const metrics = await deps.metrics.text()
    expect(metrics).toContain('sup_push_total{provider="webpush",result="sent"} 1')
  })

  it('is left out where the message has arrived, was muted or is not wanted now', async () => {
    const alice = await person('Alice')
    const people = await Promise.all(['Bob', 'Carol', 'Dora', 'Eve'].map(person))
    const [bob, carol, dora, eve] = people as [Phone, Phone, Phone, Phone]
    const tokens = await Promise.all(people.map((one) => useFcm(one)))
    const { id } = await groupOf(alice, ...people)
    const setMember = (phone: Phone, level: string): Promise<null> =>
      deps.db.none(
        'UPDATE chat_members SET notification_level = $1 WHERE chat_id = $2 AND user_id = $3',
        [level, id, phone.userId],
      )
    await setMember(carol, 'none')
    await setMember(dora, 'mentions')
    const timeZone = 'UTC'
    const quietHours = { from: '00:00', to: '23:59', timeZone }
    await eve.call(updatePreferences, { body: { quietHours } })
    const { seq } = await say(alice, id, 'hello')
    await bob.call(markChatDelivered, { params: { id }, body: { seq } })
    await allDone(id)

    expect(tokens.flatMap(sentTo)).toEqual([])
    expect(await outcomes(bob)).toEqual(['message skipped delivered'])
    expect(await outcomes(carol)).toEqual(['message skipped muted'])
    expect(await outcomes(dora)).toEqual(['message skipped not_mentioned'])
    expect(await outcomes(eve)).toEqual(['message skipped quiet_hours'])
  })

  it('is withdrawn where it is shown once it was read elsewhere', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')]
    const laptop = await bob.logIn()
    const browser = service.subscribe()
    await useBrowser(laptop, browser)
    const token = await useFcm(bob)
    const { id } = await groupOf(alice, bob)
    const { seq } = await say(alice, id, 'hello')
    await allDone(id)
    await bob.call(markChatRead, { params: { id }, body: {} })
    await allDone(id)

    expect(browser.received.map(({ payload }) => payload.kind)).toEqual(['message', 'clear'])
    expect(browser.received[1]?.payload).toEqual({ kind: 'clear', chatId: id, seq, badge: 0 })
    expect(sentTo(token).map(({ data }) => data['kind'])).toEqual(['message'])
    expect(await outcomes(bob, laptop.deviceId)).toEqual(['clear sent', 'message sent'])
  })

  it('removes a token that its provider does not know any more', async () => {
    const [alice, bob, carol] = [await person('Alice'), await person('Bob'), await person('Carol')]
    const gone = service.subscribe()
    service.answerNext(gone, 410)
    await useBrowser(bob, gone)
    await useFcm(carol)
    fcm.answerNext('unregistered')
    const { id } = await groupOf(alice, bob, carol)
    await say(alice, id, 'hello')
    await allDone(id)

    expect(await outcomes(bob)).toEqual(['message failed invalid_token'])
    expect(await outcomes(carol)).toEqual(['message failed invalid_token'])
    const left = await deps.db.any('SELECT 1 FROM push_tokens WHERE user_id = ANY ($1::uuid[])', [
      [bob.userId, carol.userId],
    ])
    expect(left).toEqual([])
  })

  it('is tried again where a provider was busy or down, and nowhere else', async () => {
    const [alice, bob, carol] = [await person('Alice'), await person('Bob'), await person('Carol')]
    const browser = service.subscribe()
    service.answerNext(browser, 503)
    await useBrowser(bob, browser)
    const token = await useFcm(carol)
    const { id } = await groupOf(alice, bob, carol)
    await say(alice, id, 'hello')
    await allDone(id)

    expect(browser.received).toHaveLength(1)
    expect(sentTo(token)).toHaveLength(1)
    expect(await outcomes(bob)).toEqual(['message sent'])
  })

  it('waits as long as a provider asks for', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')]
    const token = await useFcm(bob)
    fcm.answerNext('busy')
    const before = fcm.attempts()
    const { id } = await groupOf(alice, bob)
    await say(alice, id, 'hello')
    await until('it was refused', () => Promise.resolve(fcm.attempts() === before + 1))
    const refusedAt = Date.now()
    await allDone(id)

    expect(sentTo(token)).toHaveLength(1)
    expect(fcm.attempts()).toBe(before + 2)
    expect(Date.now() - refusedAt).toBeGreaterThanOrEqual(4900)
  })

  it('gets another access token when the one it has is refused', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')]
    const token = await useFcm(bob)
    fcm.answerNext('unauthorized')
    const { id } = await groupOf(alice, bob)
    await say(alice, id, 'hello')
    await allDone(id)
    expect(sentTo(token)).toHaveLength(1)
    expect(fcm.tokensIssued()).toBe(1)
  })

  it('is tried out on demand, muted or not', async () => {
    const bob = await person('Bob')
    const browser = service.subscribe()
    await useBrowser(bob, browser)
    await bob.call(updatePreferences, { body: { push: { enabled: false } } })
    await bob.call(sendTestPush)
    await allDone(bob.userId)
    expect(browser.received.map(({ payload }) => payload.kind)).toEqual(['test'])
  })

  it('leaves a trace for 7 days', async () => {
    const bob = await person('Bob')
    await deps.db.none(
      `INSERT INTO push_log (user_id, device_id, kind, state, at)
       VALUES ($1, $2, 'test', 'failed', now() - interval '169 hours'),
              ($1, $2, 'test', 'sent', now() - interval '167 hours')`,
      [bob.userId, bob.deviceId],
    )
    expect(await outcomes(bob)).toEqual(['test sent'])
    await prunePushTrace(deps)
    const left = await deps.db.any<{ state: string }>(
      'SELECT state FROM push_log WHERE user_id = $1',
      [bob.userId],
    )
    expect(left).toEqual([{ state: 'sent' }])
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import {
  type PushTarget,
  createChat,
  markChatDelivered,
  markChatRead,
  putPushToken,
  readPushTargets,
  sendMessage,
  updatePreferences,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { groupOf, say } from '../../../test/chats.js'
import type { TestDevice, TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('who is told', () => {
  const clock = testClock('2025-11-20T12:00:00.000Z')
  let api: TestApi

  beforeAll(async () => {
    api = await startTestApi({ clock })
  })
  afterAll(() => api.stop())

  const register = (device: Pick<TestDevice, 'call'>) =>
    device.call(putPushToken, {
      body: { provider: 'fcm', platform: 'android', token: randomUUID() },
    })
  const targets = async (chatId: string, seq: number): Promise<PushTarget[]> => {
    const body = { chatId, fromSeq: seq, toSeq: seq, limit: 500 }
    return (await api.service.call(readPushTargets, { body })).targets
  }

  it('is every device of others, with sender and text in a managed chat', async () => {
    const [carol, dora] = [await api.person('Carol'), await api.person('Dora')]
    const laptop = await dora.logIn()
    for (const device of [carol, dora, laptop]) await register(device)
    const { id } = await groupOf(carol, dora)
    await say(carol, id, 'unread before')
    const message = await say(carol, id, 'x'.repeat(300))

    const told = await targets(id, message.seq)
    expect(told.map(({ deviceId }) => deviceId).sort()).toEqual([dora.id, laptop.id].sort())
    expect(told[0]?.payload).toEqual({
      kind: 'message',
      chatId: id,
      messageId: message.id,
      seq: message.seq,
      badge: 2,
      sound: true,
      senderName: 'Carol',
      chatName: 'Rowing club',
      text: `${'x'.repeat(199)}…`,
    })
    await dora.call(updatePreferences, { body: { push: { showSender: false, sound: false } } })
    const payloads = (await targets(id, message.seq)).map(({ payload }) => payload)
    expect(payloads[0]).toEqual({
      kind: 'message',
      chatId: id,
      messageId: message.id,
      seq: message.seq,
      badge: 2,
      sound: false,
    })
  })

  it('learns nothing of an e2ee chat', async () => {
    const [carol, dora] = [await api.person('Carol'), await api.person('Dora')]
    await register(dora)
    const { id } = await carol.call(createChat, {
      body: { type: 'direct', memberIds: [dora.userId], encryption: 'e2ee' },
    })
    const encryptedContent = Buffer.from('opaque').toString('base64')
    const { seq } = await carol.call(sendMessage, {
      body: { chatId: id, encryptedContent, clientMessageId: randomUUID() },
    })
    const [target] = await targets(id, seq)
    expect(Object.keys(target?.payload ?? {}).sort()).toEqual(
      ['badge', 'chatId', 'kind', 'messageId', 'seq', 'sound'].sort(),
    )
  })

  const skipOf = async (
    prepare: (chat: { id: string; dora: TestPerson }) => Promise<unknown>,
    more: Parameters<typeof say>[3] = {},
  ): Promise<string | undefined> => {
    const [carol, dora] = [await api.person('Carol'), await api.person('Dora')]
    await register(dora)
    const { id } = await groupOf(carol, dora)
    const { seq } = await say(carol, id, 'hello', more)
    await prepare({ id, dora })
    const [target] = await targets(id, seq)
    return target?.skip
  }
  const member =
    (change: string) =>
    ({ id, dora }: { id: string; dora: TestPerson }): Promise<unknown> =>
      api.deps.db.none(
        `UPDATE chat_members SET ${change} WHERE chat_id = '${id}' AND user_id = '${dora.userId}'`,
      )
  const wants =
    (body: z.input<typeof updatePreferences.body>) =>
    ({ dora }: { dora: TestPerson }): Promise<unknown> =>
      dora.call(updatePreferences, { body })

  it('says why a device is not', async () => {
    expect(await skipOf(() => Promise.resolve())).toBeUndefined()
    expect(await skipOf(wants({ push: { enabled: false } }))).toBe('disabled')
    expect(await skipOf(wants({ mutedUntil: '2025-11-20T12:00:01.000Z' }))).toBe('muted')
    expect(await skipOf(wants({ mutedUntil: '2025-11-20T11:59:59.000Z' }))).toBeUndefined()
    const quiet = { from: '12:30', to: '13:30', timeZone: 'Europe/Berlin' }
    expect(await skipOf(wants({ quietHours: quiet }))).toBe('quiet_hours')
    expect(await skipOf(member(`notification_level = 'none'`))).toBe('muted')
    expect(await skipOf(member(`notifications_off_until = '2025-11-21'`))).toBe('muted')
    expect(await skipOf(member(`notification_level = 'mentions'`))).toBe('not_mentioned')
    expect(
      await skipOf(member(`notification_level = 'mentions'`), { mentions: 'all' }),
    ).toBeUndefined()
    expect(await skipOf(() => Promise.resolve(), { silent: true })).toBe('silent')
    expect(
      await skipOf(({ id, dora }) => dora.call(markChatRead, { params: { id }, body: {} })),
    ).toBe('read')
    expect(
      await skipOf(({ id, dora }) =>
        dora.call(markChatDelivered, { params: { id }, body: { seq: 1000 } }),
      ),
    ).toBe('delivered')
  })

  it('is nobody who has left, deleted the message for themselves, or is hidden from', async () => {
    const [carol, dora] = [await api.person('Carol'), await api.person('Dora')]
    await register(dora)
    const { id } = await groupOf(carol, dora)
    const { seq } = await say(carol, id, 'hello')
    const { db } = api.deps
    await db.none('UPDATE messages SET hidden_for = $1::uuid[] WHERE chat_id = $2', [
      [dora.userId],
      id,
    ])
    expect(await targets(id, seq)).toEqual([])
    await db.none('UPDATE messages SET hidden_for = NULL WHERE chat_id = $1', [id])
    expect(await targets(id, seq)).toHaveLength(1)
    await db.none('DELETE FROM chat_members WHERE chat_id = $1 AND user_id = $2', [id, dora.userId])
    expect(await targets(id, seq)).toEqual([])
    expect(await targets(randomUUID(), 1)).toEqual([])
  })

  it('comes in pages', async () => {
    const carol = await api.person('Carol')
    const dora = await api.person('Dora')
    const devices = [dora, await dora.logIn(), await dora.logIn()]
    for (const device of devices) await register(device)
    const { id } = await groupOf(carol, dora)
    const { seq } = await say(carol, id, 'hello')
    const seen: string[] = []
    for (let after: string | undefined, pages = 0; pages < 3; pages++) {
      const body = { chatId: id, fromSeq: seq, toSeq: seq, limit: 2, ...(after ? { after } : {}) }
      const page = await api.service.call(readPushTargets, { body })
      seen.push(...page.targets.map(({ deviceId }) => deviceId))
      after = page.nextAfter
      if (after === undefined) break
    }
    expect(seen).toEqual(devices.map((device) => device.id).sort())
  })
})

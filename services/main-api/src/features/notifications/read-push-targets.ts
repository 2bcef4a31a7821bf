import type { ServiceCaller } from '@sup/service-kit/http'
import type {
  Input,
  Output,
  PushPayload,
  PushTarget,
  readPushDevices as devicesContract,
  readPushTargets as contract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { chatStore } from '../chats/public.js'
import { decidePush } from './decide-push.js'
import { type Candidate, type PushChat, type SaidMessage, targetStore } from './target-store.js'

const TEXT_CHARACTERS = 200

/**
 * The devices that new messages of a chat concern, with what each is told or why it is not. People to whom nothing
 * was said, such as the only sender, are left out.
 *
 * @returns `nextAfter` when there may be more devices.
 */
export async function readPushTargets(
  { db, clock }: Needs<'db' | 'clock'>,
  _caller: ServiceCaller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { chatId, limit, after = null } = body
  const now = clock.now()
  const store = targetStore(db)
  const chat = await store.chat(chatId)
  if (!chat) return { targets: [] }
  const devices = await store.candidates({ ...body, after, now })
  const decided = devices.map((device) => ({ device, ...decidePush(device, now) }))
  const [said, badges] = await Promise.all([
    store.said(chatId, [...new Set(decided.map(({ seq }) => seq))]),
    chatStore(db).unreadTotals({
      userIds: decided.flatMap(({ device, skip }) => (skip === undefined ? [device.userId] : [])),
      now,
    }),
  ])
  const bySeq = new Map(said.map((message) => [message.seq, message]))
  const targets = decided.flatMap(({ device, seq, skip }): PushTarget[] => {
    const message = bySeq.get(seq)
    if (!message) return []
    const badge = badges.get(device.userId) ?? 0
    const payload = messagePayload({ chatId, chat, message, device, badge })
    return [{ ...addressOf(device), payload, ...(skip === undefined ? {} : { skip }) }]
  })
  const last = devices.at(-1)
  return { targets, ...(last && devices.length === limit ? { nextAfter: last.deviceId } : {}) }
}

/** The devices of one account with a push that withdraws what is shown of a chat, or a test push. */
export async function readPushDevices(
  { db, clock }: Needs<'db' | 'clock'>,
  _caller: ServiceCaller,
  { body: { userId, chatId } }: Input<typeof devicesContract>,
): Promise<Output<typeof devicesContract>> {
  const now = clock.now()
  const store = targetStore(db)
  const [devices, badges, readSeq] = await Promise.all([
    store.devices(userId, now),
    chatStore(db).unreadTotals({ userIds: [userId], now }),
    chatId === undefined ? null : store.readSeq({ chatId, userId }),
  ])
  const badge = badges.get(userId) ?? 0
  const payloadFor = ({ sound }: Candidate): PushPayload =>
    chatId === undefined
      ? { kind: 'test', badge, sound }
      : { kind: 'clear', chatId, badge, ...(readSeq === null ? {} : { seq: readSeq }) }
  return {
    targets: devices.map((device) => ({ ...addressOf(device), payload: payloadFor(device) })),
    ...(readSeq === null ? {} : { readSeq }),
  }
}

const addressOf = (device: Candidate): Omit<PushTarget, 'payload' | 'skip'> => ({
  tokenId: device.tokenId,
  userId: device.userId,
  deviceId: device.deviceId,
  provider: device.provider,
  platform: device.platform,
  token: device.token.toString('base64'),
  tokenHash: device.tokenHash.toString('hex'),
})

function messagePayload(about: {
  chatId: string
  chat: PushChat
  message: SaidMessage
  device: Candidate
  badge: number
}): PushPayload {
  const { chatId, chat, message, device, badge } = about
  const { id: messageId, seq } = message
  const bare: PushPayload = { kind: 'message', chatId, messageId, seq, badge, sound: device.sound }
  if (chat.encrypted || !device.showSender) return bare
  const text = message.content === null ? '' : shorten(message.content)
  return {
    ...bare,
    senderName: message.senderName,
    ...(chat.name === null ? {} : { chatName: chat.name }),
    ...(text === '' ? {} : { text }),
  }
}

/** Cut between code points, with an ellipsis. */
function shorten(text: string): string {
  const points = Array.from(text.normalize('NFC'))
  if (points.length <= TEXT_CHARACTERS) return text
  return `${points.slice(0, TEXT_CHARACTERS - 1).join('')}…`
}

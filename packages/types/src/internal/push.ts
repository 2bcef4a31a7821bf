import { z } from 'zod'
import { PushKind } from '../api/notifications.js'
import { endpoint, eventType, jobType } from '../contract.js'
import { Hex64, Seq, Ts, Uuid, str } from '../scalars.js'

// ------------------------------------------------------------------------------------------------ outbox rows

export const messageCreated = eventType(
  'message.created',
  z.strictObject({ chatId: Uuid, fromSeq: Seq, toSeq: Seq }),
  'Outbox: messages of one batch in a chat of which somebody wants to be told',
)
export const receiptRead = eventType(
  'receipt.read',
  z.strictObject({ userId: Uuid, chatId: Uuid, readSeq: Seq, deviceId: Uuid.optional() }),
  'Outbox: somebody who has push tokens on other devices has read',
)
export const pushTestRequested = eventType(
  'push.test_requested',
  z.strictObject({ userId: Uuid }),
  'Outbox: somebody wants to see whether pushes arrive',
)

// --------------------------------------------------------------------------------------- bodies (contract 13.2)

const common = { id: Uuid.optional(), occurredAt: Ts }

/** `encrypted` is a hint of other senders; the rules ask the chat itself. */
export const MessageDuty = z.object({
  ...common,
  type: z.literal('message'),
  chatId: Uuid,
  fromSeq: Seq,
  toSeq: Seq,
  encrypted: z.boolean().optional(),
})
export type MessageDuty = z.output<typeof MessageDuty>

/** `deviceId`: where it was read; its notification is gone already. */
export const ClearDuty = z.object({
  ...common,
  type: z.literal('clear'),
  userId: Uuid,
  chatId: Uuid,
  readSeq: Seq,
  deviceId: Uuid.optional(),
})
export type ClearDuty = z.output<typeof ClearDuty>

export const TestDuty = z.object({ ...common, type: z.literal('test'), userId: Uuid })
export type TestDuty = z.output<typeof TestDuty>

export const PruneTraceDuty = z.object({ ...common, type: z.literal('prune-push-log') })

export const notificationMessage = eventType(
  'notification.message',
  MessageDuty,
  'RabbitMQ: push new messages',
)
export const notificationClear = eventType(
  'notification.clear',
  ClearDuty,
  'RabbitMQ: withdraw pushes of what was read',
)
export const notificationTest = eventType(
  'notification.test',
  TestDuty,
  'RabbitMQ: push to every device of an account',
)

// ------------------------------------------------------------------------------------------------------- jobs

const ATTEMPTS = { attempts: 3, timeoutMs: 120_000 }

/** Waits two seconds: a device that is connected has the message by then and needs no push. */
export const pushMessage = jobType('message', MessageDuty, {
  summary: 'Push the newest message to the devices that do not have it',
  delayMs: 2000,
  ...ATTEMPTS,
})
/** Waits a second: a push that was decided just before the reading is then in the trace. */
export const pushClear = jobType('clear', ClearDuty, {
  summary: 'Withdraw pushes of what was read elsewhere',
  delayMs: 1000,
  ...ATTEMPTS,
})
export const pushTest = jobType('test', TestDuty, {
  summary: 'Push to every device of an account',
  ...ATTEMPTS,
})
export const prunePushLog = jobType('prune-push-log', PruneTraceDuty, {
  summary: 'Forget the trace of pushes after 7 days',
  ...ATTEMPTS,
})

// ---------------------------------------------------------------------------------------------- what is pushed

/** The purpose for which push tokens are sealed with ENCRYPTION_KEY. */
export const PUSH_SEAL = 'sup-push-v1'

/** What a device receives: `data` of FCM (numbers as text there), the plaintext of Web Push. */
export const PushPayload = z.object({
  kind: PushKind,
  chatId: Uuid.optional(),
  messageId: Uuid.optional(),
  seq: Seq.optional(),
  badge: z.int().min(0),
  sound: z.boolean().optional(),
  /** Managed chats only, and only if the account wants it. */
  senderName: str(1, 64).optional(),
  chatName: str(1, 128).optional(),
  text: str(1, 200).optional(),
})
export type PushPayload = z.output<typeof PushPayload>

// ---------------------------------------------------------------------------------------------- internal REST

/** Why a device gets no push. */
export const SkipReason = z.enum([
  'disabled',
  'muted',
  'quiet_hours',
  'read',
  'delivered',
  'not_mentioned',
  'silent',
])
export type SkipReason = z.output<typeof SkipReason>

/** One device of one person who is to be told, or is not and why. */
export const PushTarget = z.object({
  tokenId: Uuid,
  userId: Uuid,
  deviceId: Uuid,
  provider: z.enum(['fcm', 'webpush']),
  platform: z.enum(['android', 'ios', 'web']),
  /** Sealed with ENCRYPTION_KEY for `sup-push-v1`, base64. */
  token: z.base64(),
  tokenHash: Hex64,
  skip: SkipReason.optional(),
  payload: PushPayload,
})
export type PushTarget = z.output<typeof PushTarget>

export const readPushTargets = endpoint({
  method: 'post',
  path: '/internal/v1/notifications/targets',
  summary:
    'The devices that new messages of a chat concern, with what each is told or why it is not',
  auth: 'service',
  limit: 'none',
  params: z.object({}),
  body: z.strictObject({
    chatId: Uuid,
    fromSeq: Seq,
    toSeq: Seq,
    after: Uuid.optional(),
    limit: z.int().min(1).max(500),
  }),
  response: z.object({ targets: z.array(PushTarget), nextAfter: Uuid.optional() }),
  errors: [],
})

export const readPushDevices = endpoint({
  method: 'post',
  path: '/internal/v1/notifications/devices',
  summary: 'The devices of an account that have push tokens, and its badge',
  auth: 'service',
  limit: 'none',
  params: z.object({}),
  body: z.strictObject({ userId: Uuid, chatId: Uuid.optional() }),
  response: z.object({
    /** How far the account has read the chat. */
    readSeq: Seq.optional(),
    targets: z.array(PushTarget),
  }),
  errors: [],
})

export const removePushTokens = endpoint({
  method: 'post',
  path: '/internal/v1/notifications/invalid-tokens',
  summary: 'Forget tokens that their provider does not know any more',
  auth: 'service',
  limit: 'none',
  params: z.object({}),
  body: z.strictObject({
    tokens: z.array(z.object({ tokenId: Uuid, tokenHash: Hex64 })).max(500),
  }),
  response: z.object({ removed: z.int() }),
  errors: [],
})

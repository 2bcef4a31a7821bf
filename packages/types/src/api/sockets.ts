import { z } from 'zod'
import { clientEventType, eventType } from '../contract.js'
import {
  internalError,
  notFound,
  rateLimited,
  serviceUnavailable,
  unauthorized,
  validationError,
} from '../errors.js'
import { LIMITS } from '../limits.js'
import { Message, SendMessage } from '../message.types.js'
import { Seq, Ts, Uuid, none } from '../scalars.js'
import { AccountChange, LogEntry, SyncPage } from '../sync.types.js'
import { DeviceMessage } from '../crypto.types.js'
import { UserStatus } from '../user.types.js'
import { sendErrors } from './messages.js'

const everyEvent = [validationError, unauthorized, rateLimited, serviceUnavailable, internalError]

/** What a client may give in the handshake besides its token. */
export const SocketHandshake = z.object({
  token: z.string().max(8192).optional(),
  protocol: z.literal(1).optional(),
  batch: z.boolean().optional(),
  heads: z.record(Uuid, Seq).optional(),
  epoch: Uuid.optional(),
})
export type SocketHandshake = z.output<typeof SocketHandshake>

/** Failed acknowledgement, and the payload of `error`. */
export const SocketFailure = z.object({
  ok: z.literal(false),
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.int().optional(),
  details: z.unknown().optional(),
})
export type SocketFailure = z.output<typeof SocketFailure>

const ok = z.literal(true)

export const authenticateEvent = clientEventType('authenticate', {
  summary: 'Authenticate a connection made without a token, or renew its token',
  payload: z.object({ token: z.string().max(8192) }),
  ack: z.object({ ok, userId: Uuid, expiresAt: Ts }),
  errors: everyEvent,
})

export const messageEvent = clientEventType('message', {
  summary: 'Send a message; acknowledged only after it is stored',
  payload: SendMessage.omit({ sendAt: true }),
  ack: z.object({
    ok,
    id: Uuid,
    clientMessageId: Uuid,
    chatId: Uuid,
    seq: Seq,
    createdAt: Ts,
    duplicate: z.boolean(),
  }),
  errors: [...everyEvent, ...sendErrors],
})

export const typingEvent = clientEventType('typing', {
  summary: 'Say that one types, or stops; relayed at most once a second and chat',
  payload: z.object({ chatId: Uuid, isTyping: z.boolean() }),
  ack: z.object({ ok }),
  errors: [...everyEvent, notFound],
})

const ReadPlace = z.union([z.object({ messageId: Uuid }), z.object({ chatId: Uuid, seq: Seq })])
const ReadAck = z.object({ ok, chatId: Uuid, lastReadSeq: Seq, unreadCount: z.int() })

export const readEvent = clientEventType('read', {
  summary: 'Move the own read mark',
  payload: ReadPlace,
  ack: ReadAck,
  errors: [...everyEvent, notFound],
})

export const readReceiptEvent = clientEventType('read_receipt', {
  summary: 'Alias of read',
  payload: ReadPlace,
  ack: ReadAck,
  errors: [...everyEvent, notFound],
})

export const presenceEvent = clientEventType('presence', {
  summary: 'Status of this connection; a person shows the best of all connections',
  payload: z.object({ status: UserStatus }),
  ack: z.object({ ok }),
  errors: everyEvent,
})

const Mark = z.object({ chatId: Uuid, seq: Seq })

export const deliveredEvent = clientEventType('delivered', {
  summary: 'This device has stored everything up to these positions',
  payload: z.union([Mark, z.object({ items: z.array(Mark).min(1).max(100) })]),
  ack: z.object({ ok }),
  errors: [...everyEvent, notFound],
})

export const syncEvent = clientEventType('sync', {
  summary: 'As GET and POST /api/v1/sync',
  payload: z.object({
    cursor: z.string().min(1).max(1024).optional(),
    limit: z.int().min(1).max(LIMITS.syncPageMax).optional(),
    window: z.int().min(0).max(1000).optional(),
    chats: z
      .array(z.object({ chatId: Uuid, after: Seq }))
      .max(200)
      .optional(),
  }),
  ack: z.object({ ok, page: SyncPage }),
  errors: everyEvent,
})

const Heads = z.record(Uuid, Seq)

export const headsEvent = clientEventType('heads', {
  summary: 'Newest positions of the own chats',
  payload: none,
  ack: z.object({ ok, epoch: Uuid, heads: Heads }),
  errors: everyEvent,
})

/** Every event that a client may send. */
export const clientEvents = [
  authenticateEvent,
  messageEvent,
  typingEvent,
  readEvent,
  readReceiptEvent,
  presenceEvent,
  deliveredEvent,
  syncEvent,
  headsEvent,
] as const

export const authenticated = eventType(
  'authenticated',
  z.object({
    userId: Uuid,
    deviceId: Uuid,
    sessionId: Uuid,
    epoch: Uuid,
    serverTime: Ts,
    nodeId: z.string(),
    limits: z.object({ eventsPerSecond: z.int(), maxPayload: z.int() }),
  }),
  'The connection is who it says it is; all its chats are joined',
)
export const messageReceived = eventType('message', Message, 'A message of a chat, in log order')
export const messagesReceived = eventType(
  'messages',
  z.object({ chatId: Uuid, messages: z.array(Message).max(LIMITS.batchItems) }),
  'Two or more consecutive messages of a chat, for sockets that opted in with auth.batch',
)
export const entryReceived = eventType('entry', LogEntry, 'A log entry of any kind but message')
export const delivered = eventType(
  'delivered',
  z.object({ messageId: Uuid, chatId: Uuid, userId: Uuid, deliveredSeq: Seq, at: Ts }),
  'A first device of a recipient has an own message',
)
const ReadNotice = z.object({
  messageId: Uuid,
  chatId: Uuid,
  userId: Uuid,
  readSeq: Seq,
  readAt: Ts,
})
export const readReceipt = eventType('read_receipt', ReadNotice, 'Somebody read up to a message')
export const readNotice = eventType('read', ReadNotice, 'Alias, right after each read_receipt')
export const typing = eventType(
  'typing',
  z.object({ userId: Uuid, chatId: Uuid, isTyping: z.boolean() }),
  'Somebody types or stopped; may be lost',
)
export const presence = eventType(
  'presence',
  z.object({ userId: Uuid, status: UserStatus, lastSeen: Ts.optional() }),
  'Somebody came, went or is away; may be lost',
)
export const account = eventType('account', AccountChange, 'Something changed in the own account')
export const deviceMessage = eventType('device_message', DeviceMessage, 'For this device alone')
export const heads = eventType(
  'heads',
  z.object({ epoch: Uuid, heads: Heads, more: z.boolean() }),
  'Newest positions: whoever is behind syncs',
)
export const tokenExpiring = eventType(
  'token_expiring',
  z.object({ expiresAt: Ts }),
  'Sent 60 s before the token ends',
)
export const drain = eventType(
  'drain',
  z.object({ reconnectInMs: z.int().min(0).max(5000) }),
  'The node shuts down: reconnect after this time',
)
export const CloseCode = z.enum([
  'UNAUTHORIZED',
  'SESSION_REVOKED',
  'TOKEN_EXPIRED',
  'IDENTITY_MISMATCH',
  'ACCOUNT_DISABLED',
  'TOO_MANY_CONNECTIONS',
  'DRAIN',
  'SLOW_CONSUMER',
  'RATE_LIMITED',
  'PAYLOAD_TOO_LARGE',
])
export type CloseCode = z.output<typeof CloseCode>
export const closing = eventType(
  'closing',
  z.object({
    code: CloseCode,
    message: z.string(),
    reconnect: z.boolean(),
    reconnectInMs: z.int().optional(),
  }),
  'Sent just before the server closes the connection',
)
export const errorEvent = eventType(
  'error',
  SocketFailure.omit({ ok: true }).extend({
    event: z.string().optional(),
    clientMessageId: z.string().optional(),
  }),
  'A failed event that came without a callback',
)

/** Every event that the server may send. */
export const serverEvents = [
  authenticated,
  messageReceived,
  messagesReceived,
  entryReceived,
  delivered,
  readReceipt,
  readNotice,
  typing,
  presence,
  account,
  deviceMessage,
  heads,
  tokenExpiring,
  drain,
  closing,
  errorEvent,
] as const

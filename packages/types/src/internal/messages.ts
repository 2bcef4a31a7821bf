import { z } from 'zod'
import { endpoint } from '../contract.js'
import { Message, SendMessage } from '../message.types.js'
import { LIMITS } from '../limits.js'
import { LogEntry } from '../sync.types.js'
import { Seq, Ts, Uuid, none, queryInt } from '../scalars.js'
import { notFound, serviceUnavailable } from '../errors.js'
import { SocketFailure } from '../api/sockets.js'

/** One send on behalf of a verified session. */
export const BatchItem = z.strictObject({
  userId: Uuid,
  deviceId: Uuid,
  sessionId: Uuid,
  message: SendMessage,
})
export type BatchItem = z.output<typeof BatchItem>

export const BatchResult = z.union([
  z.object({
    ok: z.literal(true),
    id: Uuid,
    clientMessageId: Uuid,
    chatId: Uuid,
    seq: Seq,
    createdAt: Ts,
    duplicate: z.boolean(),
    message: Message,
  }),
  SocketFailure,
])
export type BatchResult = z.output<typeof BatchResult>

export const sendBatch = endpoint({
  method: 'post',
  path: '/internal/v1/messages/batch',
  summary: 'Many sends in one request; one failing item does not fail others',
  auth: 'service',
  limit: 'none',
  maxBodyBytes: LIMITS.largeBodyBytes,
  params: none,
  body: z.strictObject({ items: z.array(BatchItem).min(1).max(LIMITS.batchItems) }),
  response: z.object({ results: z.array(BatchResult) }),
  errors: [serviceUnavailable],
})

export const readHeads = endpoint({
  method: 'post',
  path: '/internal/v1/heads',
  summary: 'Newest positions of chats',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({ chatIds: z.array(Uuid).max(1000) }),
  response: z.object({ epoch: Uuid, heads: z.record(Uuid, Seq) }),
  errors: [],
})

/** An entry for a service that shows it to many viewers: nothing is void, `hiddenFor` says to whom it is. */
export const ServiceLogEntry = LogEntry.extend({ hiddenFor: z.array(Uuid).optional() })
export type ServiceLogEntry = z.output<typeof ServiceLogEntry>

export const readEntries = endpoint({
  method: 'get',
  path: '/internal/v1/chats/:chatId/entries',
  summary: 'Entries of a chat after a position, to repair a gap',
  auth: 'service',
  limit: 'none',
  params: z.object({ chatId: Uuid }),
  query: z.object({
    after: queryInt(0, Number.MAX_SAFE_INTEGER),
    limit: queryInt(1, LIMITS.syncPageMax).default(LIMITS.syncPageMax),
  }),
  body: none,
  response: z.object({ head: Seq, entries: z.array(ServiceLogEntry), hasMore: z.boolean() }),
  errors: [notFound],
})

/** A move of marks; `at` is when the node learned of it. */
export const ReceiptItem = z.strictObject({
  userId: Uuid,
  deviceId: Uuid.optional(),
  chatId: Uuid,
  deliveredSeq: Seq.optional(),
  readSeq: Seq.optional(),
  at: Ts,
})
export type ReceiptItem = z.output<typeof ReceiptItem>

/** A message that a mark has passed, and whose it is. */
export const MarkedMessage = z.object({ messageId: Uuid, senderId: Uuid })
export type MarkedMessage = z.output<typeof MarkedMessage>

export const ReceiptResult = z.object({
  chatId: Uuid,
  userId: Uuid,
  deliveredSeq: Seq,
  lastReadSeq: Seq,
  /** Only for an item that moved, or confirmed, the read mark. */
  unreadCount: z.int().optional(),
  newlyDelivered: z.array(MarkedMessage).max(LIMITS.deliveredPerBurst),
  newestRead: MarkedMessage.optional(),
})
export type ReceiptResult = z.output<typeof ReceiptResult>

export const moveReceipts = endpoint({
  method: 'post',
  path: '/internal/v1/receipts',
  summary: 'Move delivery and read marks; an item of a chat that the user is not in is left out',
  auth: 'service',
  limit: 'none',
  maxBodyBytes: LIMITS.largeBodyBytes,
  params: none,
  body: z.strictObject({ items: z.array(ReceiptItem).min(1).max(LIMITS.batchItems) }),
  response: z.object({ results: z.array(ReceiptResult) }),
  errors: [serviceUnavailable],
})

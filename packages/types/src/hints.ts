import { z } from 'zod'
import { eventType } from './contract.js'
import { MarkedMessage } from './internal/messages.js'
import { Message } from './message.types.js'
import { Seq, Ts, Uuid } from './scalars.js'
import { AccountChange, LogEntry } from './sync.types.js'

/** Channel of everything that happens in a chat. */
export const chatChannel = (chatId: string): string => `chat:${chatId}`
/** Channel of what concerns one account. */
export const userChannel = (userId: string): string => `user:${userId}`
export const REVOCATIONS_CHANNEL = 'revocations'

const Published = {
  seq: Seq,
  message: Message,
  hiddenFor: z.array(Uuid).optional(),
}

/** What is published on `chat:{chatId}` after a commit (wire-contract section 12). */
export const ChatHint = z.discriminatedUnion('type', [
  z.object({ type: z.literal('new-message'), chatId: Uuid, ...Published }),
  z.object({
    type: z.literal('new-messages'),
    chatId: Uuid,
    messages: z.array(z.object(Published)),
  }),
  z.object({
    type: z.literal('entry'),
    chatId: Uuid,
    seq: Seq,
    entry: LogEntry,
    hiddenFor: z.array(Uuid).optional(),
  }),
  z.object({
    type: z.literal('receipt'),
    chatId: Uuid,
    userId: Uuid,
    deliveredSeq: Seq.optional(),
    readSeq: Seq.optional(),
    at: Ts,
    // What nodes tell the senders: the messages that the marks have passed, and the newest one read.
    newlyDelivered: z.array(MarkedMessage).optional(),
    newestRead: MarkedMessage.optional(),
    // With readSeq: whether the reader lets others see it; every node asks itself whom to tell.
    showsReads: z.boolean().optional(),
  }),
])
export type ChatHint = z.output<typeof ChatHint>

/** What is published on `user:{userId}`. */
export const UserHint = z.discriminatedUnion('type', [
  z.object({ type: z.literal('account'), change: AccountChange, exceptDevice: Uuid.optional() }),
  z.object({
    type: z.literal('membership'),
    chatId: Uuid,
    action: z.enum(['added', 'removed']),
  }),
  z.object({ type: z.literal('revoked'), sessionId: Uuid.optional(), deviceId: Uuid.optional() }),
])
export type UserHint = z.output<typeof UserHint>

export const chatHint = eventType('chat:{chatId}', ChatHint, 'Redis: something happened in a chat')
export const userHint = eventType('user:{userId}', UserHint, 'Redis: something concerns an account')
export const revocationHint = eventType(
  'revocations',
  z.object({ id: Uuid }),
  'Redis: poll the revocations at once',
)

import { z } from 'zod'
import { Envelope, EnvelopeInput } from './crypto.types.js'
import { LIMITS } from './limits.js'
import { MediaFile } from './media.types.js'
import { Hex64, Seq, Ts, TsInput, Uuid, opaque, str } from './scalars.js'

const clientTypes = ['text', 'image', 'video', 'audio', 'file', 'voice', 'sticker'] as const

export const MessageType = z.enum([...clientTypes, 'system'])
export type MessageType = z.output<typeof MessageType>

/** What a client may send: `system` is the server's own. */
export const ClientMessageType = z.enum(clientTypes)

export const Emoji = opaque(1, LIMITS.emojiBytes)

export const Reaction = z.object({
  messageId: Uuid,
  chatId: Uuid,
  userId: Uuid,
  emoji: z.string().optional(),
  emojiTag: Hex64.optional(),
  encryptedEmoji: z.string().optional(),
  createdAt: Ts,
})
export type Reaction = z.output<typeof Reaction>

export const ReactionSummary = z.object({
  emoji: z.string().optional(),
  emojiTag: Hex64.optional(),
  encryptedEmoji: z.string().optional(),
  count: z.int(),
  userIds: z.array(Uuid).max(10),
})
export type ReactionSummary = z.output<typeof ReactionSummary>

export const Voice = z.object({
  durationMs: z.int().min(1).max(3_600_000),
  waveform: z.array(z.int().min(0).max(255)).max(256),
})
export type Voice = z.output<typeof Voice>

export const Mentions = z.union([z.array(Uuid).max(LIMITS.mentions), z.literal('all')])
export type Mentions = z.output<typeof Mentions>

export const Poll = z.object({
  question: z.string(),
  options: z.array(
    z.object({
      id: z.int(),
      text: z.string(),
      votes: z.int(),
      voterIds: z.array(Uuid).optional(),
    }),
  ),
  multiple: z.boolean(),
  anonymous: z.boolean(),
  closesAt: Ts.optional(),
  closedAt: Ts.optional(),
})
export type Poll = z.output<typeof Poll>

/** A message as every viewer gets it; only `envelope` differs from device to device. */
export const Message = z.object({
  id: Uuid,
  chatId: Uuid,
  senderId: Uuid,
  encryptedContent: z.string(),
  type: MessageType,
  replyToId: Uuid.optional(),
  createdAt: Ts,
  seq: Seq,
  changedSeq: Seq,
  clientMessageId: Uuid,
  senderDeviceId: Uuid.optional(),
  senderDeviceNumber: z.int().optional(),
  distributionId: Uuid.optional(),
  envelope: Envelope.optional(),
  envelopeGone: z.boolean().optional(),
  content: z.string().optional(),
  threadRootId: Uuid.optional(),
  threadCount: z.int().optional(),
  forwardedFrom: z.object({ senderId: Uuid.optional(), createdAt: Ts }).optional(),
  attachments: z.array(MediaFile).max(LIMITS.attachments),
  mentions: Mentions.optional(),
  reactions: z.array(ReactionSummary),
  voice: Voice.optional(),
  stickerId: Uuid.optional(),
  storyId: Uuid.optional(),
  poll: Poll.optional(),
  editedAt: Ts.optional(),
  editCount: z.int().optional(),
  deletedAt: Ts.optional(),
  deletedBy: Uuid.optional(),
  expiresAt: Ts.optional(),
  pinned: z.boolean(),
  hash: Hex64,
  salt: z.base64().optional(),
})
export type Message = z.output<typeof Message>

/** When a message reached a person, and when it was read: the seeds' name for a receipt. */
export const MessageRecipient = z.object({
  messageId: Uuid,
  userId: Uuid,
  deliveredAt: Ts.optional(),
  readAt: Ts.optional(),
})
export type MessageRecipient = z.output<typeof MessageRecipient>

/** One earlier form of an edited message. */
export const MessageEdit = z.object({
  content: z.string().optional(),
  encryptedContent: z.string().optional(),
  editedAt: Ts,
})
export type MessageEdit = z.output<typeof MessageEdit>

/** A send, the same over REST, sockets and between services (wire-contract 4.6). */
export const SendMessage = z.object({
  chatId: Uuid,
  clientMessageId: Uuid.optional(),
  type: ClientMessageType.default('text'),
  encryptedContent: opaque(1, LIMITS.encryptedContentBytes).optional(),
  content: str(1, LIMITS.content).optional(),
  envelopes: z.array(EnvelopeInput).max(LIMITS.envelopes).optional(),
  distributionId: Uuid.optional(),
  replyToId: Uuid.optional(),
  threadRootId: Uuid.optional(),
  attachments: z.array(Uuid).max(LIMITS.attachments).optional(),
  mentions: Mentions.optional(),
  voice: Voice.optional(),
  stickerId: Uuid.optional(),
  poll: z
    .object({
      question: str(1, 300),
      options: z.array(str(1, 100)).min(2).max(12),
      multiple: z.boolean().optional(),
      anonymous: z.boolean().optional(),
      closesAt: TsInput.optional(),
    })
    .optional(),
  expiresInSeconds: z.int().min(5).max(31_536_000).optional(),
  sendAt: TsInput.optional(),
  silent: z.boolean().optional(),
})
export type SendMessage = z.output<typeof SendMessage>

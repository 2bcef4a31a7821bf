import { z } from 'zod'
import { Chat, ChatState } from './chat.types.js'
import { DeviceMessage } from './crypto.types.js'
import { MediaState } from './media.types.js'
import { Message } from './message.types.js'
import { Hex64, Seq, Ts, Uuid } from './scalars.js'
import { BlockedUser, Contact, Device, PrivateUser, UserProfile } from './user.types.js'

export const LogKind = z.enum([
  'message',
  'message_edited',
  'message_deleted',
  'message_pinned',
  'message_unpinned',
  'poll_updated',
  'reaction_added',
  'reaction_removed',
  'member_added',
  'member_removed',
  'member_updated',
  'role_created',
  'role_updated',
  'role_deleted',
  'chat_updated',
  'call_started',
  'call_ended',
  'void',
])
export type LogKind = z.output<typeof LogKind>

/** One change of a chat. A `void` entry keeps its number and shows nothing. */
export const LogEntry = z.object({
  chatId: Uuid,
  seq: Seq,
  kind: LogKind,
  entryId: Uuid,
  at: Ts,
  actorId: Uuid.optional(),
  messageId: Uuid.optional(),
  message: Message.optional(),
  data: z.record(z.string(), z.unknown()).nullable().optional(),
  salt: z.base64().nullable().optional(),
  hash: Hex64,
})
export type LogEntry = z.output<typeof LogEntry>

const change = <const T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), at: Ts, ...shape })

/** What happened to an account, outside the logs of its chats (wire-contract 5.3). */
export const AccountChange = z.discriminatedUnion('type', [
  change('profile', { user: PrivateUser }),
  change('settings', { preferences: z.record(z.string(), z.unknown()) }),
  change('contact', { contact: Contact }),
  change('contact_removed', { userId: Uuid }),
  change('blocked', { blocked: BlockedUser }),
  change('unblocked', { userId: Uuid }),
  change('device', { device: Device }),
  change('device_removed', { deviceId: Uuid }),
  change('chat_added', { chat: Chat }),
  change('chat_removed', {
    chatId: Uuid,
    reason: z.enum(['left', 'removed', 'banned', 'deleted', 'hidden']),
  }),
  change('chat_state', { chatId: Uuid, state: ChatState }),
  change('message_hidden', { chatId: Uuid, messageIds: z.array(Uuid) }),
  change('security', {
    kind: z.enum([
      'new_login',
      'password_changed',
      '2fa_changed',
      'refresh_reuse',
      'identity_replaced',
    ]),
    deviceId: Uuid.optional(),
  }),
  change('user', { user: UserProfile }),
  change('device_list', { userId: Uuid, version: z.int() }),
  change('media', {
    fileId: Uuid,
    state: MediaState,
    thumbnailUrl: z.string().optional(),
    rejectReason: z.string().optional(),
  }),
])
export type AccountChange = z.output<typeof AccountChange>

/** Movement of another member's marks. */
export const ReceiptChange = z.object({
  chatId: Uuid,
  userId: Uuid,
  deliveredSeq: Seq.optional(),
  readSeq: Seq.optional(),
  at: Ts,
})
export type ReceiptChange = z.output<typeof ReceiptChange>

/** Contiguous entries of one chat: `entries[i].seq = from + 1 + i`, `baseDigest` is the digest at `from`. */
export const ChatPage = z.object({
  chat: Chat,
  baseDigest: Hex64,
  from: Seq,
  to: Seq,
  entries: z.array(LogEntry),
  more: z.boolean(),
  skippedTo: Seq.optional(),
})
export type ChatPage = z.output<typeof ChatPage>

export const SyncPage = z.object({
  epoch: Uuid,
  cursor: z.string().optional(),
  hasMore: z.boolean(),
  reset: z.boolean(),
  serverTime: Ts,
  chats: z.array(ChatPage),
  receipts: z.array(ReceiptChange),
  unknown: z.array(Uuid).optional(),
  account: z.array(AccountChange),
  deviceMessages: z.array(DeviceMessage),
})
export type SyncPage = z.output<typeof SyncPage>

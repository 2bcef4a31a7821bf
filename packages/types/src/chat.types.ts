import { z } from 'zod'
import { LIMITS } from './limits.js'
import { Message } from './message.types.js'
import { Hex64, Seq, Ts, Uuid, str } from './scalars.js'
import { UserProfile } from './user.types.js'

export const ChatType = z.enum(['direct', 'group', 'channel'])
export type ChatType = z.output<typeof ChatType>

/** Fixed at creation: `e2ee` the server cannot read, `managed` it can. */
export const Encryption = z.enum(['e2ee', 'managed'])
export type Encryption = z.output<typeof Encryption>

export const ChatName = str(1, LIMITS.chatName)
export const ChatDescription = str(0, LIMITS.chatDescription)

export const Permission = z.enum([
  'message.send',
  'message.send_media',
  'message.delete_any',
  'message.pin',
  'message.mention_all',
  'reaction.add',
  'poll.create',
  'call.start',
  'member.add',
  'member.remove',
  'member.ban',
  'member.mute',
  'role.manage',
  'role.assign',
  'invite.manage',
  'chat.update',
  'chat.delete',
  'report.review',
])
export type Permission = z.output<typeof Permission>

export const ChatSettings = z.object({
  disappearingSeconds: z.int().min(30).max(31_536_000).nullable(),
  slowModeSeconds: z.int().min(0).max(3600),
  historyVisibility: z.enum(['since_join', 'full']),
  joinMode: z.enum(['open', 'approval', 'invite']),
})
export type ChatSettings = z.output<typeof ChatSettings>

/** A position in a chat's log with the digest of everything up to it. */
export const Head = z.object({ seq: Seq, digest: Hex64 })
export type Head = z.output<typeof Head>

export const NotificationLevel = z.enum(['all', 'mentions', 'none'])

/** A member's own view of a chat. */
export const ChatState = z.object({
  roleId: Uuid,
  roleName: z.string(),
  permissions: z.array(Permission),
  joinedAt: Ts,
  base: Head,
  lastReadSeq: Seq,
  deliveredSeq: Seq,
  unreadCount: z.int().min(0).max(999),
  mentionCount: z.int().min(0).max(999),
  archived: z.boolean(),
  pinned: z.boolean(),
  mutedUntil: Ts.nullable(),
  notificationLevel: NotificationLevel,
  markedUnread: z.boolean(),
})
export type ChatState = z.output<typeof ChatState>

export const Chat = z.object({
  id: Uuid,
  type: ChatType,
  name: z.string().optional(),
  avatarUrl: z.string().optional(),
  isPublic: z.boolean(),
  createdBy: Uuid,
  createdAt: Ts,
  description: z.string().optional(),
  encryption: Encryption,
  updatedAt: Ts,
  memberCount: z.int(),
  peer: UserProfile.optional(),
  head: Head.optional(),
  lastMessage: Message.optional(),
  settings: ChatSettings,
  receipts: z
    .object({ deliveredToAllSeq: Seq.nullable(), readByAllSeq: Seq.nullable() })
    .optional(),
  my: ChatState.nullable(),
})
export type Chat = z.output<typeof Chat>

export const ChatMember = z.object({
  userId: Uuid,
  user: UserProfile,
  roleId: Uuid,
  roleName: z.string(),
  joinedAt: Ts,
  addedBy: Uuid.optional(),
  mutedUntil: Ts.optional(),
  lastReadSeq: Seq.optional(),
  deliveredSeq: Seq.optional(),
})
export type ChatMember = z.output<typeof ChatMember>

export const ChatRole = z.object({
  id: Uuid,
  chatId: Uuid,
  name: z.string(),
  position: z.int().min(0).max(100),
  permissions: z.array(Permission),
  isSystem: z.boolean(),
  memberCount: z.int(),
})
export type ChatRole = z.output<typeof ChatRole>

export const Invite = z.object({
  code: z.string(),
  chatId: Uuid,
  url: z.string(),
  createdBy: Uuid,
  createdAt: Ts,
  expiresAt: Ts.optional(),
  maxUses: z.int().optional(),
  uses: z.int(),
  requiresApproval: z.boolean(),
})
export type Invite = z.output<typeof Invite>

export const JoinRequest = z.object({
  chatId: Uuid,
  userId: Uuid,
  user: UserProfile,
  message: z.string().optional(),
  createdAt: Ts,
})
export type JoinRequest = z.output<typeof JoinRequest>

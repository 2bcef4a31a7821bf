import { z } from 'zod'
import {
  Chat,
  ChatDescription,
  ChatMember,
  ChatName,
  ChatRole,
  ChatSettings,
  ChatType,
  Encryption,
} from '../chat.types.js'
import { PageMeta, PaginationParams } from '../common.types.js'
import { endpoint } from '../contract.js'
import {
  forbidden,
  insufficientPermissions,
  invalidInput,
  limitReached,
  notFound,
  serviceUnavailable,
} from '../errors.js'
import { LIMITS } from '../limits.js'
import { QueryFlag, Seq, Uuid, none, queryInt } from '../scalars.js'
import { LogEntry } from '../sync.types.js'
import { Hex64 } from '../scalars.js'
import { UserIdOrMe } from './users.js'

const ChatPath = z.object({ id: Uuid })

export const listChats = endpoint({
  method: 'get',
  path: '/api/v1/chats',
  summary: 'Own chats, pinned first, then latest activity',
  params: none,
  query: PaginationParams.extend({ archived: QueryFlag.default(false), type: ChatType.optional() }),
  body: none,
  response: z.array(Chat),
  meta: PageMeta,
  errors: [],
})

export const countUnread = endpoint({
  method: 'get',
  path: '/api/v1/chats/unread',
  summary: 'Unread totals; muted and archived chats do not count',
  params: none,
  body: none,
  response: z.object({ chats: z.int(), messages: z.int(), mentions: z.int() }),
  errors: [],
})

export const createChat = endpoint({
  method: 'post',
  path: '/api/v1/chats',
  summary: 'Open a direct chat, or make a group or channel',
  params: none,
  body: z.object({
    type: ChatType,
    name: ChatName.optional(),
    description: ChatDescription.optional(),
    memberIds: z.array(Uuid).max(LIMITS.firstMembers).optional(),
    isPublic: z.boolean().optional(),
    encryption: Encryption.optional(),
    avatarFileId: Uuid.optional(),
    settings: ChatSettings.partial().optional(),
  }),
  response: Chat.extend({
    notAdded: z.array(z.object({ userId: Uuid, reason: z.literal('invite_required') })).optional(),
  }),
  meta: z.object({ existing: z.boolean().optional() }),
  success: [201, 200],
  errors: [notFound, forbidden, invalidInput, limitReached, serviceUnavailable],
})

export const getChat = endpoint({
  method: 'get',
  path: '/api/v1/chats/:id',
  summary: 'One chat',
  params: ChatPath,
  body: none,
  response: Chat,
  errors: [notFound],
})

export const updateChat = endpoint({
  method: 'patch',
  path: '/api/v1/chats/:id',
  summary: 'Change name, description, visibility or settings',
  params: ChatPath,
  body: z.object({
    name: ChatName.optional(),
    description: ChatDescription.optional(),
    avatarFileId: Uuid.nullable().optional(),
    isPublic: z.boolean().optional(),
    settings: ChatSettings.partial().optional(),
    // Named so that an attempt to change them is refused and not ignored.
    type: z.unknown().optional(),
    encryption: z.unknown().optional(),
  }),
  response: Chat,
  errors: [notFound, forbidden, insufficientPermissions, invalidInput, serviceUnavailable],
})

export const ChatRemoval = z.enum(['delete', 'leave', 'hide', 'archive'])
export type ChatRemoval = z.output<typeof ChatRemoval>

export const deleteChat = endpoint({
  method: 'delete',
  path: '/api/v1/chats/:id',
  summary: 'Delete, leave, hide or archive a chat',
  params: ChatPath,
  query: z.object({ mode: ChatRemoval.optional() }),
  body: none,
  response: z.object({ mode: ChatRemoval }),
  errors: [notFound, forbidden, insufficientPermissions, invalidInput, serviceUnavailable],
})

export const listMembers = endpoint({
  method: 'get',
  path: '/api/v1/chats/:id/members',
  summary: 'Members by role, then name',
  params: ChatPath,
  query: PaginationParams.extend({ q: z.string().min(1).max(64).optional() }),
  body: none,
  response: z.array(ChatMember),
  meta: PageMeta,
  errors: [notFound],
})

export const addMembers = endpoint({
  method: 'post',
  path: '/api/v1/chats/:id/members',
  summary: 'Add people to a group or channel',
  params: ChatPath,
  body: z
    .object({
      userId: Uuid.optional(),
      userIds: z.array(Uuid).min(1).max(LIMITS.newMembersPerCall).optional(),
      roleId: Uuid.optional(),
    })
    .refine((b) => (b.userId === undefined) !== (b.userIds === undefined), {
      message: 'needs userId or userIds',
    }),
  response: z.object({
    added: z.array(ChatMember),
    notAdded: z.array(z.object({ userId: Uuid, reason: z.enum(['invite_required', 'banned']) })),
  }),
  success: [201, 200],
  errors: [
    notFound,
    forbidden,
    insufficientPermissions,
    invalidInput,
    limitReached,
    serviceUnavailable,
  ],
})

export const updateMember = endpoint({
  method: 'patch',
  path: '/api/v1/chats/:id/members/:userId',
  summary: 'Give a member another role; giving `owner` transfers ownership',
  params: z.object({ id: Uuid, userId: Uuid }),
  body: z.object({ roleId: Uuid }),
  response: ChatMember,
  errors: [notFound, forbidden, insufficientPermissions, invalidInput, serviceUnavailable],
})

export const removeMember = endpoint({
  method: 'delete',
  path: '/api/v1/chats/:id/members/:userId',
  summary: 'Remove a member; `me` leaves',
  params: z.object({ id: Uuid, userId: UserIdOrMe }),
  body: none,
  response: none,
  errors: [notFound, forbidden, insufficientPermissions, invalidInput, serviceUnavailable],
})

export const listRoles = endpoint({
  method: 'get',
  path: '/api/v1/chats/:id/roles',
  summary: 'Roles, highest first',
  params: ChatPath,
  body: none,
  response: z.array(ChatRole),
  errors: [notFound],
})

export const markChatRead = endpoint({
  method: 'post',
  path: '/api/v1/chats/:id/read',
  summary: 'Move the own read mark forward',
  params: ChatPath,
  body: z.object({ seq: Seq.optional(), messageId: Uuid.optional() }),
  response: z.object({ chatId: Uuid, lastReadSeq: Seq, unreadCount: z.int() }),
  errors: [notFound],
})

export const markChatDelivered = endpoint({
  method: 'post',
  path: '/api/v1/chats/:id/delivered',
  summary: 'Say that this device has stored everything up to a position',
  params: ChatPath,
  body: z.object({ seq: Seq }),
  response: z.object({ chatId: Uuid, deliveredSeq: Seq }),
  errors: [notFound],
})

export const getChatLog = endpoint({
  method: 'get',
  path: '/api/v1/chats/:id/log',
  summary: 'Entries of the chat log after a position',
  params: ChatPath,
  query: z.object({
    after: queryInt(0, Number.MAX_SAFE_INTEGER).optional(),
    limit: queryInt(1, LIMITS.syncPageMax).default(LIMITS.syncPageSize),
  }),
  body: none,
  response: z.object({
    chatId: Uuid,
    from: Seq,
    to: Seq,
    head: Seq,
    baseDigest: Hex64,
    entries: z.array(LogEntry),
    hasMore: z.boolean(),
  }),
  errors: [notFound],
})

import { z } from 'zod'
import { PageMeta, PaginationParams } from '../common.types.js'
import { endpoint } from '../contract.js'
import {
  editWindowExpired,
  forbidden,
  gone,
  idempotencyConflict,
  insufficientPermissions,
  invalidInput,
  limitReached,
  mismatchedDevices,
  notFound,
  rateLimited,
  serviceUnavailable,
} from '../errors.js'
import { LIMITS } from '../limits.js'
import {
  Emoji,
  Mentions,
  Message,
  MessageEdit,
  MessageRecipient,
  MessageType,
  Reaction,
  SendMessage,
} from '../message.types.js'
import { Hex64, Seq, Ts, TsInput, Uuid, none, opaque, queryInt, str } from '../scalars.js'
import { UserProfile } from '../user.types.js'

const MessagePath = z.object({ id: Uuid })

/** A position in a chat, as a log number or as the id of a message. */
const Place = z.union([
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  Uuid,
])

/** What a send may be refused with, over REST, sockets and the batch endpoint alike. */
export const sendErrors = [
  notFound,
  forbidden,
  insufficientPermissions,
  invalidInput,
  idempotencyConflict,
  mismatchedDevices,
  gone,
  rateLimited,
  serviceUnavailable,
] as const

export const listMessages = endpoint({
  method: 'get',
  path: '/api/v1/messages/chat/:chatId',
  summary: 'History, ascending by position; the newest page by default',
  params: z.object({ chatId: Uuid }),
  query: z
    .object({
      limit: queryInt(1, LIMITS.pageSizeMax).default(LIMITS.pageSize),
      before: Place.optional(),
      after: Place.optional(),
      around: Place.optional(),
      date: TsInput.optional(),
      cursor: z.string().min(1).max(1024).optional(),
      page: queryInt(1, 200).optional(),
      threadRootId: Uuid.optional(),
      types: z
        .string()
        .max(200)
        .transform((types) => types.split(','))
        .pipe(z.array(MessageType).min(1))
        .optional(),
    })
    .refine(
      (q) =>
        [q.before, q.after, q.around, q.date, q.cursor, q.page].filter((v) => v !== undefined)
          .length <= 1,
      'takes one of before, after, around, date, cursor, page',
    ),
  body: none,
  response: z.array(Message),
  meta: PageMeta.extend({ hasMoreBefore: z.boolean(), hasMoreAfter: z.boolean() }),
  errors: [notFound],
})

export const sendMessage = endpoint({
  method: 'post',
  path: '/api/v1/messages',
  summary: 'Send a message; a retry with the same clientMessageId gives the first answer',
  limit: 'message',
  maxBodyBytes: LIMITS.largeBodyBytes,
  params: none,
  body: SendMessage,
  response: Message,
  meta: z.object({ replayed: z.boolean().optional() }),
  success: [201, 200],
  errors: sendErrors,
})

export const getMessage = endpoint({
  method: 'get',
  path: '/api/v1/messages/:id',
  summary: 'One message',
  params: MessagePath,
  body: none,
  response: Message,
  errors: [notFound],
})

export const editMessage = endpoint({
  method: 'patch',
  path: '/api/v1/messages/:id',
  summary: 'Change the content of an own message',
  maxBodyBytes: LIMITS.largeBodyBytes,
  params: MessagePath,
  body: z.object({
    content: str(1, LIMITS.content).optional(),
    encryptedContent: opaque(1, LIMITS.encryptedContentBytes).optional(),
    mentions: Mentions.optional(),
  }),
  response: Message,
  errors: [
    notFound,
    forbidden,
    insufficientPermissions,
    editWindowExpired,
    invalidInput,
    gone,
    serviceUnavailable,
  ],
})

export const DeleteScope = z.enum(['everyone', 'me'])

export const deleteMessage = endpoint({
  method: 'delete',
  path: '/api/v1/messages/:id',
  summary: 'Delete a message for everyone, or hide it for oneself',
  params: MessagePath,
  query: z.object({ scope: DeleteScope.default('everyone') }),
  body: none,
  response: z.object({ id: Uuid, chatId: Uuid, seq: Seq, scope: DeleteScope, deletedAt: Ts }),
  errors: [notFound, insufficientPermissions, serviceUnavailable],
})

export const listEdits = endpoint({
  method: 'get',
  path: '/api/v1/messages/:id/edits',
  summary: 'Earlier forms of a message, oldest first',
  params: MessagePath,
  body: none,
  response: z.array(MessageEdit),
  errors: [notFound],
})

/** One reaction: a plain emoji, or in e2ee chats the pair that only clients can read. */
export const ReactionInput = z
  .object({
    emoji: Emoji.optional(),
    emojiTag: Hex64.optional(),
    encryptedEmoji: z.base64().max(684).optional(),
  })
  .refine(
    ({ emoji, emojiTag, encryptedEmoji }) =>
      emoji === undefined
        ? emojiTag !== undefined && encryptedEmoji !== undefined
        : emojiTag === undefined && encryptedEmoji === undefined,
    'needs emoji, or emojiTag with encryptedEmoji',
  )

export const addReaction = endpoint({
  method: 'post',
  path: '/api/v1/messages/:id/reactions',
  summary: 'React to a message',
  params: MessagePath,
  body: ReactionInput,
  response: Reaction,
  success: [201, 200],
  errors: [notFound, insufficientPermissions, invalidInput, gone, limitReached, serviceUnavailable],
})

export const removeReactions = endpoint({
  method: 'delete',
  path: '/api/v1/messages/:id/reactions',
  summary: 'Take back one own reaction, or all',
  params: MessagePath,
  query: z.object({ emoji: Emoji.optional(), emojiTag: Hex64.optional() }),
  body: z.object({ emoji: Emoji.optional(), emojiTag: Hex64.optional() }),
  response: z.object({ removed: z.int() }),
  errors: [notFound, serviceUnavailable],
})

export const listReactions = endpoint({
  method: 'get',
  path: '/api/v1/messages/:id/reactions',
  summary: 'Who reacted how, newest first',
  params: MessagePath,
  query: PaginationParams,
  body: none,
  response: z.array(Reaction.extend({ user: UserProfile })),
  meta: PageMeta,
  errors: [notFound],
})

export const listReceipts = endpoint({
  method: 'get',
  path: '/api/v1/messages/:id/receipts',
  summary: 'When an own message was delivered and read; chats of up to 100 members',
  params: MessagePath,
  query: PaginationParams,
  body: none,
  response: z.array(MessageRecipient),
  meta: PageMeta,
  errors: [notFound, forbidden, invalidInput],
})

export const markMessageRead = endpoint({
  method: 'post',
  path: '/api/v1/messages/:id/read',
  summary: 'Move the own read mark to this message',
  params: MessagePath,
  body: none,
  response: z.object({ chatId: Uuid, lastReadSeq: Seq, unreadCount: z.int() }),
  errors: [notFound],
})

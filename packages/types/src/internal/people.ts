import { z } from 'zod'
import { ChatType } from '../chat.types.js'
import { endpoint } from '../contract.js'
import {
  alreadyExists,
  invalidToken,
  notFound,
  tokenExpired,
  unauthorized,
  validationError,
} from '../errors.js'
import { EmailInput } from '../api/auth.js'
import { Seq, Ts, Uuid, none, queryInt } from '../scalars.js'
import { Password, PrivateUser, UserStatus, UsernameInput } from '../user.types.js'

export const verifyToken = endpoint({
  method: 'post',
  path: '/internal/v1/tokens/verify',
  summary: 'Check an access token and its session, and say whose it is',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({ token: z.string().max(8192) }),
  response: z.object({
    userId: Uuid,
    sessionId: Uuid,
    deviceId: Uuid,
    expiresAt: Ts,
    user: z.object({ id: Uuid, username: z.string(), displayName: z.string() }),
  }),
  errors: [unauthorized, invalidToken, tokenExpired],
})

export const Membership = z.object({
  chatId: Uuid,
  seq: Seq,
  baseSeq: Seq,
  type: ChatType,
  memberCount: z.int(),
  canType: z.boolean(),
  deliveredSeq: Seq,
  lastReadSeq: Seq,
})
export type Membership = z.output<typeof Membership>

export const readMemberships = endpoint({
  method: 'get',
  path: '/internal/v1/users/:userId/memberships',
  summary:
    'All chats of a user, and what the user lets others see; marks are of the device acted for',
  auth: 'service',
  limit: 'none',
  params: z.object({ userId: Uuid }),
  body: none,
  response: z.object({
    epoch: Uuid,
    version: z.string(),
    memberships: z.array(Membership),
    typingVisible: z.boolean(),
    receiptsVisible: z.boolean(),
  }),
  errors: [notFound],
})

export const readAudience = endpoint({
  method: 'get',
  path: '/internal/v1/users/:userId/audience',
  summary: 'Who may see the presence of a user',
  auth: 'service',
  limit: 'none',
  params: z.object({ userId: Uuid }),
  query: z.object({
    cursor: z.string().max(1024).optional(),
    limit: queryInt(1, 1000).default(1000),
  }),
  body: none,
  response: z.object({
    version: z.string(),
    userIds: z.array(Uuid),
    nextCursor: z.string().optional(),
  }),
  errors: [notFound],
})

export const readMembers = endpoint({
  method: 'get',
  path: '/internal/v1/chats/:chatId/members',
  summary: 'Who is in a chat, and who is hidden from whom by a block',
  auth: 'service',
  limit: 'none',
  params: z.object({ chatId: Uuid }),
  query: z.object({ after: Uuid.optional() }),
  body: none,
  response: z.object({
    version: z.string(),
    memberIds: z.array(Uuid),
    hiddenPairs: z.array(z.tuple([Uuid, Uuid])).optional(),
  }),
  errors: [notFound],
})

export const storePresence = endpoint({
  method: 'post',
  path: '/internal/v1/presence',
  summary: 'Store status and last seen of people',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({
    items: z
      .array(z.strictObject({ userId: Uuid, status: UserStatus, lastSeen: Ts }))
      .min(1)
      .max(500),
  }),
  response: none,
  errors: [],
})

/** Something that ended, or that must be read again (wire-contract section 11). */
export const Revocation = z.object({
  id: Uuid,
  kind: z.enum(['session', 'device', 'user', 'app_user', 'membership', 'audience']),
  userId: Uuid,
  sessionId: Uuid.optional(),
  deviceId: Uuid.optional(),
  chatId: Uuid.optional(),
  before: Ts.optional(),
  at: Ts,
})
export type Revocation = z.output<typeof Revocation>

export const listRevocations = endpoint({
  method: 'get',
  path: '/internal/v1/revocations',
  summary: 'Revocations since an overlap cursor; some come again, none is left out',
  auth: 'service',
  limit: 'none',
  params: none,
  query: z.object({
    after: z.string().max(1024).optional(),
    limit: queryInt(1, 1000).default(1000),
  }),
  body: none,
  response: z.object({ cursor: z.string(), hasMore: z.boolean(), items: z.array(Revocation) }),
  errors: [validationError],
})

export const bootstrapAdmin = endpoint({
  method: 'post',
  path: '/internal/v1/admin/bootstrap',
  summary: 'Make the first administrator; only while there is none',
  auth: 'service',
  limit: 'none',
  params: none,
  body: z.strictObject({
    username: UsernameInput,
    password: Password.optional(),
    email: EmailInput.optional(),
  }),
  response: z.object({ user: PrivateUser }),
  success: [201],
  errors: [alreadyExists, validationError],
})

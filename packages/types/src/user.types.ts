import { z } from 'zod'
import { LIMITS } from './limits.js'
import { Ts, Uuid, str } from './scalars.js'

export const UserStatus = z.enum(['online', 'offline', 'away'])
export type UserStatus = z.output<typeof UserStatus>

/** Reserved for the server itself (wire-contract 4.2). */
export const RESERVED_USERNAMES: readonly string[] = [
  'admin',
  'system',
  'support',
  'sup',
  'all',
  'everyone',
  'here',
]

/** As a person may type it; stored in lower case. */
export const UsernameInput = z
  .string()
  .min(LIMITS.username.min)
  .max(LIMITS.username.max)
  .regex(/^[A-Za-z0-9_.]+$/, 'may hold letters a-z, digits, dot and underscore')
  .toLowerCase()

export const DisplayName = str(1, LIMITS.displayName)
export const Bio = str(0, LIMITS.bio)
export const Password = str(LIMITS.password.min, LIMITS.password.max)

export const Audience = z.enum(['everyone', 'contacts', 'nobody'])
export type Audience = z.output<typeof Audience>

/** Who sees what of an account; presence, last seen, typing and read receipts are reciprocal. */
export const Privacy = z.object({
  presence: Audience,
  lastSeen: Audience,
  avatar: Audience,
  bio: Audience,
  groupInvites: Audience,
  readReceipts: z.boolean(),
  typing: z.boolean(),
  searchable: z.boolean(),
})
export type Privacy = z.output<typeof Privacy>

/** The seeds' account. `UserProfile` and `PrivateUser` are the two views of it that cross the wire. */
export const User = z.object({
  id: Uuid,
  username: z.string(),
  email: z.string().optional(),
  phone: z.string().optional(),
  avatarUrl: z.string().optional(),
  bio: z.string().optional(),
  status: UserStatus,
  lastSeen: Ts.optional(),
  createdAt: Ts,
})
export type User = z.output<typeof User>

/** What others get of an account. */
export const UserProfile = User.omit({ email: true, phone: true }).extend({
  displayName: z.string(),
  isContact: z.boolean(),
  isBlocked: z.boolean(),
  nickname: z.string().optional(),
})
export type UserProfile = z.output<typeof UserProfile>

export const UserRole = z.enum(['user', 'moderator', 'admin'])
export type UserRole = z.output<typeof UserRole>

/** What the account itself gets. */
export const PrivateUser = User.extend({
  displayName: z.string(),
  emailVerified: z.boolean(),
  pendingEmail: z.string().optional(),
  phoneVerified: z.boolean(),
  twoFactorEnabled: z.boolean(),
  role: UserRole,
  locale: z.string().optional(),
  deletionScheduledAt: Ts.optional(),
  privacy: Privacy,
})
export type PrivateUser = z.output<typeof PrivateUser>

export const Platform = z.enum(['web', 'ios', 'android', 'desktop', 'cli', 'bot', 'other'])
export type Platform = z.output<typeof Platform>

/** An own device. */
export const Device = z.object({
  id: Uuid,
  deviceNumber: z.int().min(1).max(LIMITS.deviceNumbers),
  name: z.string(),
  platform: Platform,
  hasKeys: z.boolean(),
  registrationId: z.int().optional(),
  approved: z.boolean(),
  approvedBy: Uuid.optional(),
  createdAt: Ts,
  lastSeenAt: Ts,
  current: z.boolean(),
})
export type Device = z.output<typeof Device>

export const Session = z.object({
  id: Uuid,
  deviceId: Uuid,
  deviceName: z.string(),
  platform: Platform,
  createdAt: Ts,
  lastUsedAt: Ts,
  expiresAt: Ts,
  ip: z.string().optional(),
  userAgent: z.string().optional(),
  current: z.boolean(),
})
export type Session = z.output<typeof Session>

/** What registration and log-in give. */
export const AuthResult = z.object({
  user: PrivateUser,
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.int(),
  sessionId: Uuid,
  deviceId: Uuid,
})
export type AuthResult = z.output<typeof AuthResult>

export const Contact = z.object({
  userId: Uuid,
  user: UserProfile,
  nickname: z.string().optional(),
  createdAt: Ts,
})
export type Contact = z.output<typeof Contact>

export const BlockedUser = z.object({
  userId: Uuid,
  user: z.object({ id: Uuid, username: z.string(), displayName: z.string() }),
  createdAt: Ts,
})
export type BlockedUser = z.output<typeof BlockedUser>

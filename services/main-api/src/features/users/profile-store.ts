import type { Sql } from '@sup/service-kit/postgres'
import type { Privacy, PrivateUser, UserProfile, UserStatus } from '@sup/types'
import { type Present, present } from '../../rows.js'

/**
 * What lies between a person `u` and a viewer `v`. `near` is whom "everyone" means for presence: people who
 * share a chat with the account or have it as a contact.
 */
const RELATION = `
  FROM users u
  JOIN users v ON v.id = $<viewerId>
  LEFT JOIN contacts mine ON mine.user_id = v.id AND mine.contact_id = u.id
  LEFT JOIN contacts theirs ON theirs.user_id = u.id AND theirs.contact_id = v.id
  LEFT JOIN blocked_users blocked ON blocked.user_id = v.id AND blocked.blocked_id = u.id
  LEFT JOIN blocked_users blocker ON blocker.user_id = u.id AND blocker.blocked_id = v.id
  CROSS JOIN LATERAL (SELECT mine.user_id IS NOT NULL OR EXISTS (
    SELECT FROM chat_members a JOIN chat_members z ON z.chat_id = a.chat_id
     WHERE a.user_id = u.id AND z.user_id = v.id) AS is_near) relation`

// Who hides presence or last seen does not see that of others, and a block hides both from both.
const reciprocal = (column: string) => `
  (u.id = v.id OR (blocked.user_id IS NULL AND blocker.user_id IS NULL
    AND CASE u.${column} WHEN 'everyone' THEN relation.is_near
                         WHEN 'contacts' THEN theirs.user_id IS NOT NULL ELSE false END
    AND CASE v.${column} WHEN 'everyone' THEN true
                         WHEN 'contacts' THEN mine.user_id IS NOT NULL ELSE false END))`

const oneSided = (column: string) => `
  (u.id = v.id OR (blocker.user_id IS NULL
    AND CASE u.${column} WHEN 'everyone' THEN true
                         WHEN 'contacts' THEN theirs.user_id IS NOT NULL ELSE false END))`

const PROFILES = `
  SELECT u.id, u.username, u.display_name AS "displayName", u.created_at AS "createdAt", mine.nickname,
         mine.user_id IS NOT NULL AS "isContact", blocked.user_id IS NOT NULL AS "isBlocked",
         CASE WHEN ${oneSided('privacy_avatar')} THEN u.avatar_url END AS "avatarUrl",
         CASE WHEN ${oneSided('privacy_bio')} THEN nullif(u.bio, '') END AS bio,
         CASE WHEN ${reciprocal('privacy_presence')} THEN u.status ELSE 'offline' END AS status,
         CASE WHEN ${reciprocal('privacy_last_seen')} THEN date_trunc('minute', u.last_seen) END AS "lastSeen"
  ${RELATION}
   WHERE u.id = ANY ($<userIds>::uuid[]) AND u.deleted_at IS NULL`

const VISIBLE_PRESENCE = `
  SELECT u.id, u.status, ${reciprocal('privacy_presence')} AS "seesPresence",
         CASE WHEN ${reciprocal('privacy_last_seen')} THEN date_trunc('minute', u.last_seen) END AS "lastSeen"
  ${RELATION}
   WHERE u.id = ANY ($<userIds>::uuid[]) AND u.deleted_at IS NULL`

// A stranger is somebody whom no relation, block or own setting makes see more or less than the next one.
const STRANGER = `
  SELECT u.updated_at AS version,
         u.id <> v.id AND NOT relation.is_near AND theirs.user_id IS NULL AND blocked.user_id IS NULL
           AND blocker.user_id IS NULL AS "isStranger"
  ${RELATION}
   WHERE u.id = $<userId> AND u.deleted_at IS NULL`

const USERNAMES = `
  SELECT id, username FROM users WHERE id = ANY ($<userIds>::uuid[]) AND deleted_at IS NULL`

const PRIVATE = `
  SELECT id, username, display_name AS "displayName", email, email_verified AS "emailVerified",
         pending_email AS "pendingEmail", phone, phone_verified AS "phoneVerified",
         avatar_url AS "avatarUrl", nullif(bio, '') AS bio, status,
         date_trunc('minute', last_seen) AS "lastSeen", role, locale, created_at AS "createdAt",
         deletion_scheduled_at AS "deletionScheduledAt",
         json_build_object('presence', privacy_presence, 'lastSeen', privacy_last_seen,
           'avatar', privacy_avatar, 'bio', privacy_bio, 'groupInvites', privacy_group_invites,
           'readReceipts', privacy_read_receipts, 'typing', privacy_typing,
           'searchable', privacy_searchable) AS privacy
    FROM users WHERE id = $<userId> AND deleted_at IS NULL`

const SEES_AVATAR = `
  SELECT EXISTS (
    SELECT ${RELATION}
     WHERE u.avatar_url = $<avatarUrl> AND u.deleted_at IS NULL AND ${oneSided('privacy_avatar')})`

type ProfileRow = {
  id: string
  username: string
  displayName: string
  createdAt: string
  nickname: string | null
  isContact: boolean
  isBlocked: boolean
  avatarUrl: string | null
  bio: string | null
  status: UserStatus
  lastSeen: string | null
}

type PrivateRow = {
  id: string
  username: string
  displayName: string
  email: string | null
  emailVerified: boolean
  pendingEmail: string | null
  phone: string | null
  phoneVerified: boolean
  avatarUrl: string | null
  bio: string | null
  status: UserStatus
  lastSeen: string | null
  role: PrivateUser['role']
  locale: string | null
  createdAt: string
  deletionScheduledAt: string | null
  privacy: Privacy
}

export type VisiblePresence = {
  id: string
  status: UserStatus
  seesPresence: boolean
  lastSeen: string | null
}

/** People as others see them. Privacy is applied in the query, so no caller can forget it. */
export function profileStore(sql: Sql) {
  return {
    usernames: (userIds: readonly string[]): Promise<{ id: string; username: string }[]> =>
      sql.any<{ id: string; username: string }>(USERNAMES, { userIds }),

    /** Deleted and unknown accounts are left out. */
    profiles: async (viewerId: string, userIds: readonly string[]): Promise<UserProfile[]> => {
      const rows = await sql.any<ProfileRow>(PROFILES, { viewerId, userIds })
      return rows.map((row): Present<ProfileRow> => present(row))
    },

    presence: (viewerId: string, userIds: readonly string[]) =>
      sql.any<VisiblePresence>(VISIBLE_PRESENCE, { viewerId, userIds }),

    /** Is this the picture of somebody who shows theirs to the viewer? */
    seesAvatar: (viewerId: string, avatarUrl: string): Promise<boolean> =>
      sql.one(SEES_AVATAR, { viewerId, avatarUrl }, (row: { exists: boolean }) => row.exists),

    /** Null for unknown and deleted accounts; `version` changes with every change of the account. */
    stranger: (viewerId: string, userId: string) =>
      sql.oneOrNone<{ version: string; isStranger: boolean }>(STRANGER, { viewerId, userId }),

    /** What the account itself gets; null for unknown and deleted accounts. */
    privateUser: async (userId: string): Promise<PrivateUser | null> => {
      const row = await sql.oneOrNone<PrivateRow>(PRIVATE, { userId })
      return row && { ...present(row), twoFactorEnabled: false }
    },
  }
}

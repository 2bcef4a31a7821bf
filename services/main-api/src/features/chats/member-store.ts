import type { Sql } from '@sup/service-kit/postgres'
import type { ChatType, Permission } from '@sup/types'

/** What decides about a member's rights. */
export type Membership = {
  userId: string
  roleId: string
  roleName: string
  position: number
  permissions: Permission[]
}

export type ListedMember = {
  userId: string
  roleId: string
  roleName: string
  joinedAt: string
  addedBy: string | null
  mutedUntil: string | null
  lastReadSeq: number
  deliveredSeq: number
  readReceipts: boolean
}

const MEMBERSHIP = `
  SELECT m.user_id AS "userId", m.role_id AS "roleId", r.name AS "roleName", r.position, r.permissions
    FROM chat_members m JOIN chat_roles r ON r.id = m.role_id
   WHERE m.chat_id = $<chatId> AND m.user_id = ANY ($<userIds>::uuid[])`

const ADD = `
  INSERT INTO chat_members (chat_id, user_id, role_id, joined_at, added_by, base_seq, base_digest,
                            last_read_seq, delivered_seq)
  VALUES ($<chatId>, $<userId>, $<roleId>, $<at>, $<addedBy>, $<baseSeq>, $<baseDigest>,
          $<baseSeq>, $<baseSeq>)`

const REMOVE = `DELETE FROM chat_members WHERE chat_id = $<chatId> AND user_id = $<userId>`
const REMOVE_MARKS = `DELETE FROM chat_device_marks WHERE chat_id = $<chatId> AND user_id = $<userId>`
const REMOVE_ALL = `DELETE FROM chat_members WHERE chat_id = $<chatId> RETURNING user_id AS id`

const COUNT_MEMBERS = `
  UPDATE chats SET member_count = (SELECT count(*) FROM chat_members WHERE chat_id = $<chatId>),
                   device_version = device_version + 1
   WHERE id = $<chatId>`

const SET_ROLE = `
  UPDATE chat_members SET role_id = $<roleId>, marks_xid = pg_current_xact_id()
   WHERE chat_id = $<chatId> AND user_id = $<userId>`

// The longest-standing admin, else member, takes over from a leaving owner.
const HEIR = `
  SELECT m.user_id AS id FROM chat_members m JOIN chat_roles r ON r.id = m.role_id
   WHERE m.chat_id = $<chatId> AND m.user_id <> $<leaving>
   ORDER BY r.position DESC, m.joined_at, m.user_id LIMIT 1`

const LIST = `
  SELECT m.user_id AS "userId", m.role_id AS "roleId", r.name AS "roleName", m.joined_at AS "joinedAt",
         m.added_by AS "addedBy", m.muted_until AS "mutedUntil", m.last_read_seq AS "lastReadSeq",
         m.delivered_seq AS "deliveredSeq", u.privacy_read_receipts AS "readReceipts"
    FROM chat_members m JOIN chat_roles r ON r.id = m.role_id JOIN users u ON u.id = m.user_id
   WHERE m.chat_id = $<chatId>
     AND ($<q>::text IS NULL OR u.username LIKE $<q> OR lower(u.display_name) LIKE $<q>)
   ORDER BY r.position DESC, lower(u.display_name), u.id LIMIT $<limit> OFFSET $<offset>`

const BY_IDS = `
  SELECT m.user_id AS "userId", m.role_id AS "roleId", r.name AS "roleName", m.joined_at AS "joinedAt",
         m.added_by AS "addedBy", m.muted_until AS "mutedUntil", m.last_read_seq AS "lastReadSeq",
         m.delivered_seq AS "deliveredSeq", false AS "readReceipts"
    FROM chat_members m JOIN chat_roles r ON r.id = m.role_id
   WHERE m.chat_id = $<chatId> AND m.user_id = ANY ($<userIds>::uuid[])
   ORDER BY array_position($<userIds>::uuid[], m.user_id)`

const SHOWS_READ_RECEIPTS = `SELECT privacy_read_receipts AS shows FROM users WHERE id = $<userId>`

const COUNT_LISTED = `
  SELECT count(*) FROM chat_members m JOIN users u ON u.id = m.user_id
   WHERE m.chat_id = $<chatId>
     AND ($<q>::text IS NULL OR u.username LIKE $<q> OR lower(u.display_name) LIKE $<q>)`

const MEMBER_IDS = `SELECT user_id AS id FROM chat_members WHERE chat_id = $<chatId> ORDER BY user_id`

// Whom the caller may add: live accounts whose setting allows it and who have not blocked the caller.
const INVITABLE = `
  SELECT u.id,
         u.privacy_group_invites <> 'nobody'
         AND (u.privacy_group_invites = 'everyone'
              OR EXISTS (SELECT FROM contacts k WHERE k.user_id = u.id AND k.contact_id = $<callerId>))
         AND NOT EXISTS (SELECT FROM blocked_users b WHERE b.user_id = u.id AND b.blocked_id = $<callerId>)
           AS allowed
    FROM users u
   WHERE u.id = ANY ($<userIds>::uuid[]) AND u.deleted_at IS NULL AND u.app_id IS NULL`

const HAS_BLOCKED = `
  SELECT EXISTS (SELECT FROM blocked_users WHERE user_id = $<userId> AND blocked_id = $<otherId>)`

export type NewMember = {
  chatId: string
  userId: string
  roleId: string
  at: string
  addedBy: string | null
  baseSeq: number
  baseDigest: Buffer
}

/** Members and roles. Changes belong under the chat's row lock. */
export function memberStore(sql: Sql) {
  return {
    async memberships(
      chatId: string,
      userIds: readonly string[],
    ): Promise<Map<string, Membership>> {
      const rows = await sql.any<Membership>(MEMBERSHIP, { chatId, userIds })
      return new Map(rows.map((row) => [row.userId, row]))
    },

    add: (member: NewMember): Promise<null> => sql.none(ADD, member),

    async remove(member: { chatId: string; userId: string }): Promise<void> {
      await sql.none(REMOVE, member)
      await sql.none(REMOVE_MARKS, member)
    },

    removeAll: async (chatId: string): Promise<string[]> =>
      (await sql.any<{ id: string }>(REMOVE_ALL, { chatId })).map((row) => row.id),

    /** After members changed: how many there are, and a new device version. */
    recount: (chatId: string): Promise<null> => sql.none(COUNT_MEMBERS, { chatId }),

    setRole: (member: { chatId: string; userId: string; roleId: string }): Promise<null> =>
      sql.none(SET_ROLE, member),

    heir: async (of: { chatId: string; leaving: string }): Promise<string | undefined> =>
      (await sql.oneOrNone<{ id: string }>(HEIR, of))?.id,

    list: (query: {
      chatId: string
      q: string | null
      limit: number
      offset: number
    }): Promise<ListedMember[]> => sql.any<ListedMember>(LIST, query),

    countListed: (query: { chatId: string; q: string | null }): Promise<number> =>
      sql.one(COUNT_LISTED, query, (row: { count: number }) => row.count),

    byIds: (of: { chatId: string; userIds: readonly string[] }): Promise<ListedMember[]> =>
      sql.any<ListedMember>(BY_IDS, of),

    showsReadReceipts: (userId: string): Promise<boolean> =>
      sql.one(SHOWS_READ_RECEIPTS, { userId }, (row: { shows: boolean }) => row.shows),

    memberIds: async (chatId: string): Promise<string[]> =>
      (await sql.any<{ id: string }>(MEMBER_IDS, { chatId })).map((row) => row.id),

    /** Of these accounts the ones that exist, and whether the caller may add them. */
    async invitable(callerId: string, userIds: readonly string[]): Promise<Map<string, boolean>> {
      const rows = await sql.any<{ id: string; allowed: boolean }>(INVITABLE, { callerId, userIds })
      return new Map(rows.map(({ id, allowed }) => [id, allowed]))
    },

    hasBlocked: (userId: string, otherId: string): Promise<boolean> =>
      sql.one(HAS_BLOCKED, { userId, otherId }, (row: { exists: boolean }) => row.exists),
  }
}

/** Members a chat of this type may have. */
export const memberLimit = (type: ChatType, groupLimit: number, channelLimit: number): number =>
  type === 'channel' ? channelLimit : type === 'group' ? groupLimit : 2

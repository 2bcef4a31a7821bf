import type { Sql } from '@sup/service-kit/postgres'
import type { Device, Platform } from '@sup/types'
import { present } from '../../rows.js'

const COLUMNS = `
  d.id, d.device_number AS "deviceNumber", d.name, d.platform, k.device_id IS NOT NULL AS "hasKeys",
  d.registration_id AS "registrationId", k.approval IS NOT NULL AS approved,
  d.approved_by AS "approvedBy", d.created_at AS "createdAt", d.last_seen AS "lastSeenAt"`

const OWN = `
    FROM user_devices d LEFT JOIN identity_keys k ON k.device_id = d.id
   WHERE d.user_id = $<userId> AND d.removed_at IS NULL`

const FIND = `SELECT ${COLUMNS} ${OWN} AND d.id = $<id>`

const LIST = `SELECT ${COLUMNS} ${OWN} ORDER BY d.created_at DESC, d.id DESC LIMIT $<limit> OFFSET $<offset>`

const COUNT = `SELECT count(*) AS count ${OWN}`

const INSERT = `
  INSERT INTO user_devices (id, user_id, device_number, name, platform, created_at, last_seen)
  VALUES ($<id>, $<userId>, $<deviceNumber>, $<name>, $<platform>, $<at>, $<at>)`

const RENAME = `
  UPDATE user_devices SET name = $<name>
   WHERE user_id = $<userId> AND id = $<id> AND removed_at IS NULL AND name <> $<name>`

const SEEN = `UPDATE user_devices SET last_seen = $<at> WHERE id = $<id>`

const FREE_NUMBER = `
  SELECT n FROM generate_series(1, 127) n
   WHERE NOT EXISTS (SELECT FROM user_devices d WHERE d.user_id = $<userId> AND d.device_number = n)
   ORDER BY n LIMIT 1`

// All 127 were used: a removed device first, then one that never had keys, then the one unused longest.
const LONGEST_UNUSED = `
  SELECT d.id, d.device_number AS "deviceNumber", d.removed_at IS NOT NULL AS "isRemoved"
    FROM user_devices d LEFT JOIN identity_keys k ON k.device_id = d.id
   WHERE d.user_id = $<userId>
   ORDER BY d.removed_at, k.device_id IS NOT NULL, d.last_seen LIMIT 1`

const DELETE = `DELETE FROM user_devices WHERE id = $<id>`

const REMOVE = `
  UPDATE user_devices SET removed_at = $<at>, registration_id = NULL, approved_by = NULL
   WHERE user_id = $<userId> AND id = $<id> AND removed_at IS NULL`

// Sends read the devices of a chat under its lock, so the devices change only under the same lock.
const LOCK_CHATS = `
  SELECT c.id FROM chats c
   WHERE c.id IN (SELECT chat_id FROM chat_members WHERE user_id = $<userId>)
   ORDER BY c.id FOR UPDATE`

const BUMP_CHATS = `UPDATE chats SET device_version = device_version + 1 WHERE id = ANY ($<chatIds>::uuid[])`

const HAS_KEYS = `
  SELECT EXISTS (SELECT FROM identity_keys WHERE device_id = $<id> AND user_id = $<userId>)`

const DROP_POSSESSIONS = [
  'identity_keys',
  'signed_prekeys',
  'one_time_prekeys',
  'chat_device_marks',
  'push_tokens',
]
  .map((table) => `DELETE FROM ${table} WHERE device_id = $<id>;`)
  .concat('DELETE FROM group_sender_keys WHERE sender_device_id = $<id>')
  .join('\n')

type Row = {
  id: string
  deviceNumber: number
  name: string
  platform: Platform
  hasKeys: boolean
  registrationId: number | null
  approved: boolean
  approvedBy: string | null
  createdAt: string
  lastSeenAt: string
}

export type NewDevice = {
  id: string
  userId: string
  deviceNumber: number
  name: string
  platform: Platform
  at: string
}

type DeviceKey = { userId: string; id: string }

/** A device as its owner sees it; `current` is for the caller to say. */
export type StoredDevice = Omit<Device, 'current'>

/** Devices of accounts. A removed one keeps its row, because its number is used up. */
export function deviceStore(sql: Sql) {
  return {
    find: async (key: DeviceKey): Promise<StoredDevice | null> => {
      const row = await sql.oneOrNone<Row>(FIND, key)
      return row && present(row)
    },

    list: async (query: {
      userId: string
      limit: number
      offset: number
    }): Promise<StoredDevice[]> => (await sql.any<Row>(LIST, query)).map((row) => present(row)),

    count: (userId: string): Promise<number> =>
      sql.one(COUNT, { userId }, (row: { count: number }) => row.count),

    insert: (device: NewDevice) => sql.none(INSERT, device),

    /** False when there is no such device or it has this name already. */
    rename: (key: DeviceKey, name: string): Promise<boolean> =>
      sql.result(RENAME, { ...key, name }, (result) => result.rowCount > 0),

    seen: (id: string, at: string) => sql.none(SEEN, { id, at }),

    /** The lowest number that this account never used; null after all 127. */
    freeNumber: (userId: string): Promise<number | null> =>
      sql.oneOrNone(FREE_NUMBER, { userId }, (row: { n: number } | null) => row?.n ?? null),

    longestUnused: (userId: string) =>
      sql.one<{ id: string; deviceNumber: number; isRemoved: boolean }>(LONGEST_UNUSED, { userId }),

    delete: (id: string) => sql.none(DELETE, { id }),

    /** False when there is no such device. */
    remove: (key: DeviceKey, at: string): Promise<boolean> =>
      sql.result(REMOVE, { ...key, at }, (result) => result.rowCount > 0),

    hasKeys: (key: DeviceKey): Promise<boolean> =>
      sql.one(HAS_KEYS, key, (row: { exists: boolean }) => row.exists),

    /** Locks every chat of an account, in id order as all who lock several do. */
    lockChats: async (userId: string): Promise<string[]> =>
      (await sql.any<{ id: string }>(LOCK_CHATS, { userId })).map(({ id }) => id),

    bumpChats: (chatIds: readonly string[]) => sql.none(BUMP_CHATS, { chatIds }),

    /** Deletes everything that belongs to a device but its row. */
    dropPossessions: (id: string) => sql.none(DROP_POSSESSIONS, { id }),
  }
}

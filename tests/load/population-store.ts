import createDriver from 'pg-promise'
import { v7 as uuidv7 } from 'uuid'
import { type RolePlan, systemRoles } from '../../services/main-api/src/features/chats/roles.js'
import type { LoadChat, Population } from './population.js'

type Connection = createDriver.IDatabase<object>

const driver = createDriver({ noWarnings: true })

const INSERT_USERS = `
  INSERT INTO users (id, username, display_name, created_at)
  SELECT id, username, username, now()
    FROM json_to_recordset($1) AS u (id uuid, username text)`

const INSERT_DEVICES = `
  INSERT INTO user_devices (id, user_id, device_number, name, platform, created_at, last_seen)
  SELECT "deviceId", id, 1, 'load', 'bot', now(), now()
    FROM json_to_recordset($1) AS u (id uuid, "deviceId" uuid)`

const INSERT_SESSIONS = `
  INSERT INTO sessions (id, user_id, device_id, created_at, last_used_at, expires_at)
  SELECT "sessionId", id, "deviceId", now(), now(), now() + interval '1 day'
    FROM json_to_recordset($1) AS u (id uuid, "deviceId" uuid, "sessionId" uuid)`

// An empty log: the position and digest before its first entry are 0 and 32 zero bytes.
const INSERT_CHATS = `
  INSERT INTO chats (id, type, name, encryption, created_by, created_at, updated_at, last_activity_at,
                     direct_key, history_visibility, join_mode, member_count)
  SELECT id, type, name, 'e2ee', "createdBy", now(), now(), now(), "directKey", 'since_join', 'invite', size
    FROM json_to_recordset($1)
      AS c (id uuid, type chat_type, name text, "createdBy" uuid, "directKey" text, size int)`

const INSERT_ROLES = `
  INSERT INTO chat_roles (id, chat_id, name, position, permissions, is_system)
  SELECT id, "chatId", name, position, ARRAY(SELECT json_array_elements_text(permissions)), true
    FROM json_to_recordset($1) AS r (id uuid, "chatId" uuid, name text, position int, permissions json)`

const INSERT_MEMBERS = `
  INSERT INTO chat_members (chat_id, user_id, role_id, joined_at, base_seq, base_digest)
  SELECT "chatId", "userId", "roleId", now(), 0, decode(repeat('00', 32), 'hex')
    FROM json_to_recordset($1) AS m ("chatId" uuid, "userId" uuid, "roleId" uuid)`

const COUNT_STORED = `
  SELECT (SELECT count(*) FROM messages)::int AS messages,
         (SELECT count(*) FROM chats c
           WHERE last_seq <> (SELECT count(*) FROM messages m WHERE m.chat_id = c.id))::int AS "brokenLogs"`

/** Writes people, devices, sessions, chats, roles and members; without passwords, which would take minutes. */
export async function storePopulation(databaseUrl: string, population: Population): Promise<void> {
  await withDatabase(databaseUrl, (db) =>
    db.tx(async (tx) => {
      const insert = (statement: string, rows: unknown): Promise<null> =>
        tx.none(statement, [JSON.stringify(rows)])
      await insert(INSERT_USERS, population.users)
      await insert(INSERT_DEVICES, population.users)
      await insert(INSERT_SESSIONS, population.users)
      await insert(
        INSERT_CHATS,
        population.chats.map((chat) => chatRow(population, chat)),
      )
      const roles = population.chats.map((chat) => planRoles(chat))
      await insert(INSERT_ROLES, roles.flat())
      await insert(
        INSERT_MEMBERS,
        population.chats.flatMap((chat, index) => memberRows(population, chat, roles[index] ?? [])),
      )
    }),
  )
}

/** How many messages the database has, and in how many chats the numbers are not 1, 2, 3 … */
export function countStored(
  databaseUrl: string,
): Promise<{ messages: number; brokenLogs: number }> {
  return withDatabase(databaseUrl, (db) => db.one(COUNT_STORED))
}

async function withDatabase<T>(url: string, use: (db: Connection) => Promise<T>): Promise<T> {
  const db = driver({ connectionString: url, max: 1 })
  try {
    return await use(db)
  } finally {
    await db.$pool.end()
  }
}

function chatRow({ users }: Population, chat: LoadChat): Record<string, unknown> {
  const ids = chat.members.map((member) => users[member]?.id ?? '')
  const directKey = chat.type === 'direct' ? [...ids.sort(), 'e2ee'].join(':') : null
  const { id, type, name } = chat
  return { id, type, name, createdBy: ids[0], directKey, size: ids.length }
}

type Role = RolePlan & { id: string; chatId: string }

function planRoles(chat: LoadChat): Role[] {
  return systemRoles(chat.type).map((role) => ({
    ...role,
    id: uuidv7(),
    chatId: chat.id,
    permissions: chat.type === 'channel' ? withSending(role) : role.permissions,
  }))
}

/** In a channel only some may write by default; here everybody may, so that 500 people send. */
const withSending = ({ permissions }: RolePlan): RolePlan['permissions'] =>
  permissions.includes('message.send') ? permissions : [...permissions, 'message.send']

function memberRows({ users }: Population, chat: LoadChat, roles: readonly Role[]): unknown[] {
  return chat.members.map((member, place) => {
    const wanted = place === 0 && chat.type !== 'direct' ? 'owner' : 'member'
    return {
      chatId: chat.id,
      userId: users[member]?.id,
      roleId: roles.find(({ name }) => name === wanted)?.id,
    }
  })
}

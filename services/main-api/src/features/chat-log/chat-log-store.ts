import type { Sql } from '@sup/service-kit/postgres'
import type { ChatType, Encryption } from '@sup/types'

/** A chat under its row lock: what every change of it reads and moves. */
export type LockedChat = {
  id: string
  type: ChatType
  encryption: Encryption
  memberCount: number
  lastSeq: number
  headDigest: Buffer
}

/** An entry as it is stored. */
export type StoredEntry = {
  chatId: string
  seq: number
  id: string
  kind: string
  at: string
  actorId: string | null
  messageId: string | null
  data: Record<string, unknown> | null
  salt: Buffer
  hash: Buffer
  digest: Buffer
}

// The lock is a statement of its own: facts are read in the next one, which sees what the wait let happen.
const LOCK = `SELECT 1 FROM chats WHERE id = ANY ($<ids>::uuid[]) ORDER BY id FOR UPDATE`

const LOCKED = `
  SELECT id, type, encryption, member_count AS "memberCount", last_seq AS "lastSeq",
         head_digest AS "headDigest"
    FROM chats WHERE id = ANY ($<ids>::uuid[]) AND deleted_at IS NULL`

const INSERT = `
  INSERT INTO chat_entries (chat_id, seq, id, kind, at, actor_id, message_id, data, salt, hash, digest)
  VALUES ($<chatId>, $<seq>, $<id>, $<kind>, $<at>, $<actorId>, $<messageId>, $<data>::jsonb, $<salt>,
          $<hash>, $<digest>)`

const MOVE_HEAD = `
  UPDATE chats SET last_seq = $<seq>, head_digest = $<digest>, log_xid = pg_current_xact_id()
   WHERE id = $<chatId>`

const ERASE_ENTRIES = `
  UPDATE chat_entries SET data = NULL, salt = NULL
   WHERE chat_id = $<chatId> AND message_id = $<messageId> AND kind <> 'message_deleted'`

/** SQL of the log's second half and of its head. Use it inside a transaction. */
export function chatLogStore(sql: Sql) {
  return {
    /** Locks the chats in id order and reads them after that; chats that do not exist are left out. */
    async lock(ids: readonly string[]): Promise<LockedChat[]> {
      await sql.any(LOCK, { ids })
      return sql.any<LockedChat>(LOCKED, { ids })
    },

    insert: (entry: StoredEntry): Promise<null> =>
      sql.none(INSERT, { ...entry, data: entry.data === null ? null : JSON.stringify(entry.data) }),

    moveHead: (head: { chatId: string; seq: number; digest: Buffer }): Promise<null> =>
      sql.none(MOVE_HEAD, head),

    /** Forgets what the entries about a message said; their hashes stay, so the chain holds. */
    eraseEntriesOf: (message: { chatId: string; messageId: string }): Promise<null> =>
      sql.none(ERASE_ENTRIES, message),
  }
}

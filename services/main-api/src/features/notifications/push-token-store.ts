import type { Sql } from '@sup/service-kit/postgres'
import type { PushProvider } from '@sup/types'

// Whoever logged in last on a browser or phone has its token: it leaves the device that had it before.
const TAKE_OVER = `DELETE FROM push_tokens WHERE token_hash = $<tokenHash> AND device_id <> $<deviceId>`

// The session is locked, so it cannot end between the look at it and the commit. A token that did not change keeps
// its id; a changed one gets another, so that "invalid" said of the old one does not hit the new one.
const PUT = `
  INSERT INTO push_tokens AS old (id, user_id, device_id, session_id, provider, platform, token, token_hash,
                                  created_at, updated_at)
  SELECT $<id>, s.user_id, s.device_id, s.id, $<provider>, $<platform>, $<token>, $<tokenHash>, $<at>, $<at>
    FROM sessions s
   WHERE s.id = $<sessionId> AND s.device_id = $<deviceId> AND s.revoked_at IS NULL
     FOR SHARE
  ON CONFLICT (device_id) DO UPDATE
    SET id = CASE WHEN old.token_hash = excluded.token_hash THEN old.id ELSE excluded.id END,
        user_id = excluded.user_id, session_id = excluded.session_id, provider = excluded.provider,
        platform = excluded.platform, token = excluded.token, token_hash = excluded.token_hash,
        updated_at = excluded.updated_at
  RETURNING id`

const DELETE = `DELETE FROM push_tokens WHERE device_id = $<deviceId>`

const DELETE_OF_SESSIONS = `DELETE FROM push_tokens WHERE session_id = ANY ($<sessionIds>::uuid[])`

const DELETE_INVALID = `
  DELETE FROM push_tokens p
   USING unnest($<ids>::uuid[], $<hashes>::text[]) AS gone (id, hash)
   WHERE p.id = gone.id AND p.token_hash = decode(gone.hash, 'hex')`

const READERS = `
  SELECT i.user_id AS "userId", i.chat_id AS "chatId"
    FROM unnest($<userIds>::uuid[], $<chatIds>::uuid[], $<deviceIds>::uuid[]) AS i (user_id, chat_id, device_id)
   WHERE EXISTS (SELECT FROM push_tokens p
                  WHERE p.user_id = i.user_id AND p.device_id IS DISTINCT FROM i.device_id)`

export type NewToken = {
  id: string
  deviceId: string
  sessionId: string
  provider: PushProvider
  platform: 'android' | 'ios' | 'web'
  token: Buffer
  tokenHash: Buffer
  at: string
}

/** Somebody who has read a chat, on `deviceId` if that is known. */
export type Reader = { userId: string; chatId: string; deviceId: string | null }

/** Where the pushes of devices go. */
export function pushTokenStore(sql: Sql) {
  return {
    /** @returns The id of the token; null when the session is over. */
    async put(token: NewToken): Promise<string | null> {
      await sql.none(TAKE_OVER, token)
      return (await sql.oneOrNone<{ id: string }>(PUT, token))?.id ?? null
    },

    delete: (deviceId: string): Promise<null> => sql.none(DELETE, { deviceId }),

    deleteOfSessions: (sessionIds: readonly string[]): Promise<null> =>
      sql.none(DELETE_OF_SESSIONS, { sessionIds }),

    /** How many of these are still stored as they were, and are no more. */
    deleteInvalid: (tokens: readonly { tokenId: string; tokenHash: string }[]): Promise<number> =>
      sql.result(
        DELETE_INVALID,
        { ids: tokens.map((one) => one.tokenId), hashes: tokens.map((one) => one.tokenHash) },
        (result) => result.rowCount,
      ),

    /** Which of them have a token on another device. */
    readersElsewhere: (readers: readonly Reader[]): Promise<Omit<Reader, 'deviceId'>[]> =>
      sql.any(READERS, {
        userIds: readers.map((one) => one.userId),
        chatIds: readers.map((one) => one.chatId),
        deviceIds: readers.map((one) => one.deviceId),
      }),
  }
}

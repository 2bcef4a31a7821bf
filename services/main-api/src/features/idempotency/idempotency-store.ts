import type { IdempotencyKey, StoredAnswer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'

/** A claim without an outcome belongs to a dead process after this time. */
const DEAD_AFTER = '1 minute'

// One statement: of two claims at once the second one finds the row of the first.
const CLAIM = `
  INSERT INTO idempotency_keys AS k (user_id, method, path, key, request_hash, created_at)
  VALUES ($<userId>, $<method>, $<path>, $<key>, decode($<requestHash>, 'hex'), $<at>)
  ON CONFLICT (user_id, method, path, key) DO UPDATE
     SET request_hash = excluded.request_hash, created_at = excluded.created_at, status = NULL, response = NULL
   WHERE k.created_at < $<at>::timestamptz - interval '1 day'
      OR (k.status IS NULL AND k.created_at < $<at>::timestamptz - interval '${DEAD_AFTER}')
  RETURNING true`

const READ = `
  SELECT encode(request_hash, 'hex') AS "requestHash", status, response
    FROM idempotency_keys
   WHERE user_id = $<userId> AND method = $<method> AND path = $<path> AND key = $<key>`

const FINISH = `
  UPDATE idempotency_keys SET status = $<status>, response = $<response>::jsonb
   WHERE user_id = $<userId> AND method = $<method> AND path = $<path> AND key = $<key>`

const RELEASE = `
  DELETE FROM idempotency_keys
   WHERE user_id = $<userId> AND method = $<method> AND path = $<path> AND key = $<key>
     AND status IS NULL`

export type Claim = {
  requestHash: string
  status: number | null
  response: StoredAnswer['body'] | null
}

/** Outcomes of requests by their idempotency keys. */
export function idempotencyStore(sql: Sql) {
  return {
    /** True when the key is free, or was left behind, and is the caller's now. */
    claim: async (key: IdempotencyKey, requestHash: string, at: Date): Promise<boolean> =>
      (await sql.oneOrNone(CLAIM, { ...key, requestHash, at })) !== null,

    read: (key: IdempotencyKey) => sql.oneOrNone<Claim>(READ, key),

    finish: (key: IdempotencyKey, { status, body }: StoredAnswer) =>
      sql.none(FINISH, { ...key, status, response: JSON.stringify(body) }),

    release: (key: IdempotencyKey) => sql.none(RELEASE, key),
  }
}

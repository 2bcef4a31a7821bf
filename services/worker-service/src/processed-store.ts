import type { Sql } from '@sup/service-kit/postgres'

const HAS = `
  SELECT EXISTS (SELECT FROM processed_jobs WHERE id = $<id>)`

const ADD = `
  INSERT INTO processed_jobs (id, queue, name) VALUES ($<id>, $<queue>, $<name>)
  ON CONFLICT (id) DO NOTHING`

// An outbox row is finished within a second of its confirmation; a month is for copies of a message that lay
// in a dead-letter queue and are sent again by hand.
const FORGET_OLD = `
  DELETE FROM processed_jobs
   WHERE id IN (SELECT id FROM processed_jobs
                 WHERE processed_at < now() - interval '30 days'
                 ORDER BY processed_at
                 LIMIT 10000)`

/** Which jobs have had their effect. */
export function processedStore(sql: Sql) {
  return {
    has: (id: string): Promise<boolean> =>
      sql.one(HAS, { id }, (row: { exists: boolean }) => row.exists),

    add: (job: { id: string; queue: string; name: string }): Promise<null> => sql.none(ADD, job),

    forgetOld: (): Promise<null> => sql.none(FORGET_OLD),
  }
}

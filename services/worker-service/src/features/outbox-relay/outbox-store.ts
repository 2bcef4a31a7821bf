import type { Sql } from '@sup/service-kit/postgres'
import type { OutboxRow } from './duty-map.js'

// A row that was relayed but stays unfinished is due again, later each time: its message may only be waiting
// in a queue, and a copy every minute would bury the broker under a stalled consumer.
const DUE_ROWS = `
  SELECT id, message_id AS "messageId", type, key, payload, created_at AS "createdAt"
    FROM outbox
   WHERE finished_at IS NULL AND id > $<after> AND type = ANY ($<types>)
     AND (relayed_at IS NULL
          OR relayed_at < now() - least($<againAfterMs> * 2 ^ least(relays - 1, 20), $<againAtMostMs>)
                                  * interval '1 millisecond')
   ORDER BY id
   LIMIT $<limit>`

const MARK_RELAYED = `
  UPDATE outbox SET relayed_at = now(), relays = relays + 1 WHERE id = ANY ($<ids>)`

const FINISH = `
  UPDATE outbox SET finished_at = now()
   WHERE id IN (SELECT o.id
                  FROM outbox o JOIN processed_jobs p ON p.id = o.message_id::text
                 WHERE o.finished_at IS NULL
                 ORDER BY o.id
                 LIMIT $<limit>)`

const BACKLOG = `
  SELECT type, count(*) AS pending,
         extract(epoch FROM now() - min(created_at))::float8 AS "oldestSeconds"
    FROM outbox
   WHERE finished_at IS NULL
   GROUP BY type`

/** When a relayed row that stays unfinished is due again, in milliseconds: doubled each time up to a limit. */
export type Repetition = { againAfterMs: number; againAtMostMs: number }

/** Unfinished rows of one type. */
export type Backlog = { type: string; pending: number; oldestSeconds: number }

/** The marks of the outbox: which rows have left, and which are done. */
export function outboxStore(sql: Sql) {
  return {
    /** Rows that have to leave now, of these types and behind the id `after`, in the order of their ids. */
    dueRows: (
      page: { after: number; limit: number; types: readonly string[] } & Repetition,
    ): Promise<OutboxRow[]> => sql.any<OutboxRow>(DUE_ROWS, page),

    markRelayed: (ids: readonly number[]): Promise<null> => sql.none(MARK_RELAYED, { ids }),

    /** Finishes rows whose effect is confirmed. @returns How many. */
    finishProcessed: (limit: number): Promise<number> =>
      sql.result(FINISH, { limit }, (result) => result.rowCount),

    backlog: (): Promise<Backlog[]> => sql.any<Backlog>(BACKLOG),
  }
}

import type { Sql } from '@sup/service-kit/postgres'
import type { Revocation } from '@sup/types'
import { present } from '../../rows.js'

const INSERT = `
  INSERT INTO session_revocations (id, kind, user_id, session_id, device_id, chat_id, before, at)
  SELECT r.id, r.kind, r."userId", r."sessionId", r."deviceId", r."chatId", r.before, r.at
    FROM json_to_recordset($<rows>::json) AS r (
      id uuid, kind text, "userId" uuid, "sessionId" uuid, "deviceId" uuid, "chatId" uuid,
      before timestamptz, at timestamptz)`

// The horizon is that of the statement's own snapshot: what it cannot see yet has a transaction at or above.
const PAGE = `
  SELECT horizon.xmin::text AS horizon, page.*
    FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin) horizon
    LEFT JOIN LATERAL (
      SELECT r.id, r.kind, r.user_id AS "userId", r.session_id AS "sessionId", r.device_id AS "deviceId",
             r.chat_id AS "chatId", r.before, r.at, r.xid::text AS xid
        FROM session_revocations r
       WHERE (r.xid, r.id) > ($<xid>::xid8, $<id>::uuid)
       ORDER BY r.xid, r.id LIMIT $<limit>) page ON true
   ORDER BY page.xid::xid8, page.id`

// Also of an account that was suspended or deleted, and of a device that was removed.
const IS_LIVE = `
  SELECT EXISTS (
    SELECT FROM sessions s JOIN users u ON u.id = s.user_id JOIN user_devices d ON d.id = s.device_id
     WHERE s.id = $<sessionId> AND s.revoked_at IS NULL AND d.removed_at IS NULL
       AND u.suspended_at IS NULL AND u.deleted_at IS NULL)`

type PageRow = { horizon: string } & {
  [K in keyof RevocationRow]: RevocationRow[K] | null
}
type RevocationRow = {
  id: string
  kind: Revocation['kind']
  userId: string
  sessionId: string | null
  deviceId: string | null
  chatId: string | null
  before: string | null
  at: string
  xid: string
}

/** A place in the list: rows after it come next. */
export type Position = { xid: string; id: string }

export type RevocationPage = {
  /** Rows that were not committed when this was read have this transaction id or a higher one. */
  horizon: string
  items: Revocation[]
  /** Where the last row lies; absent when there was none. */
  last?: Position
}

/** What ended, or must be read again, with the transaction that said so. */
export function revocationStore(sql: Sql) {
  return {
    insert: (rows: readonly Revocation[]): Promise<null> =>
      sql.none(INSERT, { rows: JSON.stringify(rows) }),

    /** May this session go on? False for one that is unknown. */
    isLive: (sessionId: string): Promise<boolean> =>
      sql.one(IS_LIVE, { sessionId }, (row: { exists: boolean }) => row.exists),

    /** The next rows after `position`, in the order of their transactions. */
    page: async (position: Position, limit: number): Promise<RevocationPage> => {
      const rows = await sql.many<PageRow>(PAGE, { ...position, limit })
      const found = rows.filter(isRow)
      const last = found.at(-1)
      return {
        horizon: rows[0]?.horizon ?? '0',
        items: found.map(toRevocation),
        ...(last === undefined ? {} : { last: { xid: last.xid, id: last.id } }),
      }
    },
  }
}

/** An empty page is one row with nothing but the horizon. */
const isRow = (row: PageRow): row is PageRow & RevocationRow => row.id !== null

const toRevocation = ({
  horizon: _horizon,
  xid: _xid,
  ...row
}: PageRow & RevocationRow): Revocation => present<Omit<RevocationRow, 'xid'>>(row)

import type { Sql } from '@sup/service-kit/postgres'
import type { PushKind, PushState } from '@sup/types'

// The newest hundred of each device that has any.
const LIST = `
  SELECT d.id AS "deviceId", l.at, l.kind, l.state, l.reason, l.chat_id AS "chatId", l.seq
    FROM user_devices d
   CROSS JOIN LATERAL (
     SELECT * FROM push_log o
      WHERE o.user_id = $<userId> AND o.device_id = d.id AND o.at > $<now>::timestamptz - interval '7 days'
      ORDER BY o.at DESC, o.id DESC LIMIT 100) l
   WHERE d.user_id = $<userId>
   ORDER BY d.id, l.at DESC, l.id DESC`

export type TraceRow = {
  deviceId: string
  at: string
  kind: PushKind
  state: PushState
  reason: string | null
  chatId: string | null
  seq: number | null
}

/** The trace of pushes, which worker-service writes. */
export function pushLogStore(sql: Sql) {
  return {
    /** Of the last 7 days, the newest first, those of one device together. */
    list: (query: { userId: string; now: Date }): Promise<TraceRow[]> =>
      sql.any<TraceRow>(LIST, query),
  }
}

import type { Sql } from '@sup/service-kit/postgres'
import type { PushKind } from '@sup/types'

// A row that is settled stays as it is: its device was pushed to, or will not be.
const CLAIM = `
  INSERT INTO push_log AS l (duty_id, user_id, device_id, kind, chat_id, seq, state, at)
  VALUES ($<dutyId>, $<userId>, $<deviceId>, $<kind>, $<chatId>, $<seq>, 'queued', now())
  ON CONFLICT (duty_id, device_id) DO UPDATE SET at = now() WHERE l.state = 'queued'
  RETURNING EXISTS (SELECT FROM push_log n
                     WHERE n.user_id = $<userId> AND n.chat_id = $<chatId> AND n.device_id = $<deviceId>
                       AND n.seq > $<seq> AND n.state = 'sent' AND n.kind = 'message') AS "isOld"`

const SETTLE = `
  UPDATE push_log SET state = $<state>, reason = $<reason>, at = now()
   WHERE duty_id = $<dutyId> AND device_id = $<deviceId> AND state = 'queued'`

const SKIP = `
  INSERT INTO push_log AS l (duty_id, user_id, device_id, kind, chat_id, seq, state, reason, at)
  VALUES ($<dutyId>, $<userId>, $<deviceId>, $<kind>, $<chatId>, $<seq>, 'skipped', $<reason>, now())
  ON CONFLICT (duty_id, device_id)
    DO UPDATE SET state = 'skipped', reason = excluded.reason, at = now() WHERE l.state = 'queued'`

// What a device shows of a chat is the last message pushed to it, unless that was withdrawn since.
const SHOWN = `
  SELECT device_id AS "deviceId" FROM push_log
   WHERE user_id = $<userId> AND chat_id = $<chatId> AND state = 'sent'
   GROUP BY device_id
  HAVING max(seq) FILTER (WHERE kind = 'message') <= $<readSeq>
     AND max(seq) FILTER (WHERE kind = 'message') > coalesce(max(seq) FILTER (WHERE kind = 'clear'), -1)`

const FORGET_OLD = `
  DELETE FROM push_log
   WHERE id IN (SELECT id FROM push_log WHERE at < now() - interval '7 days' ORDER BY at LIMIT $<limit>)`

/** One push for one device: the duty that asks for it, and what it is about. */
export type Traced = {
  dutyId: string
  userId: string
  deviceId: string
  kind: PushKind
  chatId: string | null
  seq: number | null
}

type Key = Pick<Traced, 'dutyId' | 'deviceId'>

/** The trace of pushes, a state machine for each duty and device: queued, then sent, failed or skipped for ever. */
export function traceStore(sql: Sql) {
  return {
    /**
     * Takes a push on. Null: this duty is settled for this device. `isOld`: it was told of a later message
     * already.
     */
    claim: (push: Traced): Promise<{ isOld: boolean } | null> =>
      sql.oneOrNone<{ isOld: boolean }>(CLAIM, push),

    /** `queued` keeps it open, with the reason why it has not gone yet. */
    settle: (
      { dutyId, deviceId }: Key,
      state: 'queued' | 'sent' | 'failed' | 'skipped',
      reason: string | null,
    ): Promise<null> => sql.none(SETTLE, { dutyId, deviceId, state, reason }),

    skip: (push: Traced, reason: string): Promise<null> => sql.none(SKIP, { ...push, reason }),

    /** Devices that show a push of this chat about nothing newer than `readSeq`. */
    shown: async (of: { userId: string; chatId: string; readSeq: number }): Promise<Set<string>> =>
      new Set((await sql.any<{ deviceId: string }>(SHOWN, of)).map(({ deviceId }) => deviceId)),

    /** How many rows older than 7 days were deleted. */
    forgetOld: (limit: number): Promise<number> =>
      sql.result(FORGET_OLD, { limit }, (result) => result.rowCount),
  }
}

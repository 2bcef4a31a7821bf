import type { Sql } from '@sup/service-kit/postgres'

// Taken when it is new, or when the one who had it let it go or was cut off. The clock is the database's alone.
const CLAIM = `
  INSERT INTO mail_deliveries AS d (id, kind, leased_until)
  VALUES ($<id>, $<kind>, now() + $<leaseMs> * interval '1 millisecond')
  ON CONFLICT (id) DO UPDATE
    SET attempts = d.attempts + 1, leased_until = excluded.leased_until
    WHERE d.state = 'sending' AND d.leased_until <= now()
  RETURNING attempts`

const STATE = `SELECT state FROM mail_deliveries WHERE id = $<id>`

// Only by who has it in hand: an attempt that was given up for dead changes nothing any more.
const END = `
  UPDATE mail_deliveries SET state = $<state>, reply = $<reply>, leased_until = now()
   WHERE id = $<id> AND state = 'sending' AND attempts = $<attempt>`

const RELEASE = `
  UPDATE mail_deliveries SET leased_until = now()
   WHERE id = $<id> AND state = 'sending' AND attempts = $<attempt>`

const FORGET_OLD = `
  DELETE FROM mail_deliveries
   WHERE id IN (SELECT id FROM mail_deliveries
                 WHERE updated_at < now() - interval '30 days'
                 ORDER BY updated_at
                 LIMIT 10000)`

/** `sending` may also be a delivery that was cut off, when its lease is over. */
export type DeliveryState = 'sending' | 'sent' | 'failed' | 'expired'

/** Which attempt at which mail; 1 is the first. */
export type Attempt = { id: string; attempt: number }

/** How far the delivery of each mail is, without its address. */
export function deliveryStore(sql: Sql) {
  return {
    /** Takes a mail in hand for `leaseMs`. @returns Null when it is done, or in the hands of another worker. */
    claim: async (mail: { id: string; kind: string; leaseMs: number }): Promise<Attempt | null> => {
      const row = await sql.oneOrNone<{ attempts: number }>(CLAIM, mail)
      return row && { id: mail.id, attempt: row.attempts }
    },

    /** Undefined when nobody has begun. */
    state: async (id: string): Promise<DeliveryState | undefined> =>
      (await sql.oneOrNone<{ state: DeliveryState }>(STATE, { id }))?.state,

    /** `reply`: the code with which the server refused it for good. */
    end: (
      attempt: Attempt,
      state: Exclude<DeliveryState, 'sending'>,
      reply: number | null = null,
    ) => sql.none(END, { ...attempt, state, reply }),

    /** Lets it go, so that the next attempt need not wait for the lease. */
    release: (attempt: Attempt) => sql.none(RELEASE, attempt),

    forgetOld: () => sql.none(FORGET_OLD),
  }
}

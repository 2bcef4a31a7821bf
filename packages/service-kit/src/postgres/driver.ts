import pgPromise from 'pg-promise'
import type { Logger } from '../log/index.js'
import { isReadTimeout } from './database-error.js'

/** What each database hands to the hooks of the driver. */
export type DriverContext = { log: Logger }

/** pg-promise, configured; for `pgp.helpers` and `pgp.as` in stores. */
export const pgp = pgPromise({
  capSQL: true,
  // Two pools on one address are on purpose (`hotPath`); the driver's warning would not even be JSON.
  noWarnings: true,
  error(err: unknown, context) {
    const { client } = context
    if (!isReadTimeout(err) || !isClient(client)) return
    // The server is frozen in the middle of a statement. The connection must not go back to the pool: its
    // transaction may still be open, and what the next user does would be committed with it.
    Object.assign(client, { $connectionError: err })
    client.connection.stream.destroy()
  },
})

const { types } = pgp.pg
const { INT8, TIMESTAMPTZ } = types.builtins
types.setTypeParser(INT8, parseInt8)
types.setTypeParser(TIMESTAMPTZ, parseTimestamp)

type Client = { connection: { stream: { destroy(): void } } }

const isClient = (client: unknown): client is Client =>
  typeof client === 'object' && client !== null && 'connection' in client

/** @throws RangeError beyond 2^53: a number that is silently wrong would be worse. */
export function parseInt8(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError('a bigint of the database does not fit into a number')
}

/** Sessions run in UTC, so this is the form almost always; `infinity` stays as it is. */
const UTC_FORM = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/

/** A `timestamptz` as an ISO time in UTC with milliseconds; microseconds are cut off, never rounded up. */
export function parseTimestamp(text: string): string {
  const match = UTC_FORM.exec(text)
  if (match) {
    const [, date = '', time = '', fraction = ''] = match
    return `${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
  }
  const parsed = new Date(text)
  return Number.isNaN(parsed.getTime()) ? text : parsed.toISOString()
}

/**
 * Names a statement that Postgres plans once per connection.
 *
 * @param name Unique in the process.
 * @param text SQL with `$1`, `$2` …
 * @returns A function from the values to the query for `any`, `one` and their kin.
 */
export function prepare(
  name: string,
  text: string,
): (values: readonly unknown[]) => pgPromise.PreparedStatement {
  return (values) => new pgPromise.PreparedStatement({ name, text, values: [...values] })
}

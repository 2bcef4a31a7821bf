import type pgPromise from 'pg-promise'
import type { Logger } from '../log/index.js'
import type { Histogram, Metrics } from '../metrics/index.js'
import { mapDatabaseError } from './database-error.js'
import { type DriverContext, pgp } from './driver.js'
import { watchPool } from './pool-metrics.js'

const ACQUIRE_TIMEOUT_MS = 1000
const IDLE_CONNECTION_MS = 30_000
/** The server cancels a statement first; this is for a server that does not answer at all. */
const READ_TIMEOUT_SLACK_MS = 1000
const HOT_STATEMENT_MS = 2000
const HOT_LOCK_MS = 1000

type Protocol = pgPromise.IBaseProtocol<object>

/** What a store works on: the database or a transaction, it does not care which. */
export type Sql = Pick<
  Protocol,
  'any' | 'many' | 'manyOrNone' | 'none' | 'one' | 'oneOrNone' | 'result'
>

export type Database = Sql & {
  /**
   * Runs `fn` in a transaction: it commits when `fn` resolves and rolls back when it rejects.
   *
   * @param name Shown in metrics; one of a few, never made of input.
   */
  tx: <T>(name: string, fn: (tx: Sql) => Promise<T>) => Promise<T>
  /** Waits for running statements and closes every connection. */
  close: () => Promise<void>
  /** The driver's own object, for what the kit does not offer. Stay away from it in services. */
  readonly driver: pgPromise.IDatabase<object>
}

export type DatabaseOptions = {
  /** `postgresql://user:password@host:port/name`. */
  url: string
  /** Connections that stay open when idle. */
  poolMin: number
  poolMax: number
  /** As `pg_stat_activity` shows it. */
  applicationName: string
  log: Logger
  metrics: Metrics
  /** Longest statement, in milliseconds; 5 s if absent. */
  statementTimeoutMs?: number
  /** Longest wait for a lock, in milliseconds; 2 s if absent. */
  lockTimeoutMs?: number
  /** Longest pause inside a transaction, in milliseconds; 10 s if absent. */
  idleInTransactionMs?: number
  /** Connections of `hotPath`, besides those of the pool; 4 if absent. */
  hotPoolMax?: number
}

const hotDatabases = new WeakMap<Database, () => Database>()

/**
 * Opens a pool of connections to Postgres. Connecting happens when it is first needed.
 *
 * Times come as ISO strings, `bigint` as numbers. Failures that will pass (no connection within a second,
 * a time limit, a deadlock) reject with AppError `SERVICE_UNAVAILABLE`; inside a transaction the raw error
 * is seen first, so that a store can look at it.
 */
export function createDatabase(options: DatabaseOptions): Database {
  const db = openPool(options, 'main')
  let hot: Database | undefined
  const openHot = (): Database =>
    (hot ??= openPool(
      {
        ...options,
        poolMin: Math.min(options.poolMin, options.hotPoolMax ?? 4),
        poolMax: options.hotPoolMax ?? 4,
        statementTimeoutMs: HOT_STATEMENT_MS,
        lockTimeoutMs: HOT_LOCK_MS,
      },
      'hot',
    ))
  const whole: Database = {
    ...db,
    async close() {
      await Promise.all([db.close(), hot?.close()])
    },
  }
  hotDatabases.set(whole, openHot)
  return whole
}

/**
 * The same database over a few connections of its own, with the short time limits of the hot path
 * (statement 2 s, lock 1 s) set once per connection: they cost no round trip, and slow requests
 * elsewhere cannot take these connections away. It is closed together with `db`.
 */
export function hotPath(db: Database): Database {
  const open = hotDatabases.get(db)
  if (!open) throw new Error('hotPath() needs what createDatabase() returned')
  return open()
}

/** Rejects when the database does not answer; for health checks. */
export async function checkDatabase(db: Sql): Promise<void> {
  await db.one('SELECT 1')
}

function openPool(options: DatabaseOptions, pool: 'main' | 'hot'): Database {
  const { log, metrics, statementTimeoutMs = 5000 } = options
  const context: DriverContext = { log }
  const driver = pgp<object>(
    {
      connectionString: inUtc(options.url),
      application_name: options.applicationName,
      max: options.poolMax,
      ...{ min: options.poolMin },
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      lock_timeout: options.lockTimeoutMs ?? 2000,
      idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 10_000,
      query_timeout: statementTimeoutMs + READ_TIMEOUT_SLACK_MS,
      keepAlive: true,
    },
    context,
  )
  // The pool drops a connection that breaks while idle; the next request opens another.
  driver.$pool.on('error', (err: unknown) => {
    log.warn('An idle database connection broke', { err })
  })
  watchPool(metrics, pool, driver.$pool)
  const timer = metrics.histogram(
    'sup_db_query_duration_seconds',
    'Duration of statements and transactions in seconds',
    ['operation'],
  )
  return {
    ...mapped(driver, timer),
    tx: (name, fn) => guarded(timer, name, () => driver.tx({ tag: name }, fn)),
    close: () => driver.$pool.end(),
    driver,
  }
}

/** Statements outside a transaction, timed under their verb or, prepared, under their name. */
function mapped(driver: Protocol, timer: Histogram<'operation'>): Sql {
  const run = <T>(query: pgPromise.QueryParam, fn: () => Promise<T>): Promise<T> =>
    guarded(timer, operationOf(query), fn)
  return {
    any: (query, values) => run(query, () => driver.any(query, values)),
    many: (query, values) => run(query, () => driver.many(query, values)),
    manyOrNone: (query, values) => run(query, () => driver.manyOrNone(query, values)),
    none: (query, values) => run(query, () => driver.none(query, values)),
    one: (query, values, cb) => run(query, () => driver.one(query, values, cb)),
    oneOrNone: (query, values, cb) => run(query, () => driver.oneOrNone(query, values, cb)),
    result: (query, values, cb) => run(query, () => driver.result(query, values, cb)),
  }
}

async function guarded<T>(
  timer: Histogram<'operation'>,
  operation: string,
  fn: () => Promise<T>,
): Promise<T> {
  const start = performance.now()
  try {
    return await fn()
  } catch (err) {
    throw mapDatabaseError(err)
  } finally {
    timer.observe({ operation }, (performance.now() - start) / 1000)
  }
}

function operationOf(query: pgPromise.QueryParam): string {
  if (typeof query === 'string') {
    return /^\s*(select|insert|update|delete|with)\b/i.exec(query)?.[1]?.toLowerCase() ?? 'other'
  }
  return 'name' in query && typeof query.name === 'string' && query.name !== ''
    ? query.name
    : 'other'
}

/** Every session in UTC: the form of times must not depend on how the server was set up. */
function inUtc(url: string): string {
  const parsed = new URL(url)
  const given = parsed.searchParams.get('options')
  parsed.searchParams.set(
    'options',
    given === null ? '-c timezone=UTC' : `${given} -c timezone=UTC`,
  )
  // libpq's form has %20 for a blank, where a form-encoded query has a plus.
  parsed.search = parsed.search.replaceAll('+', '%20')
  return parsed.href
}

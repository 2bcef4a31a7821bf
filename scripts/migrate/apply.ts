import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type MigrationBuilder,
  PG_MIGRATE_LOCK_ID,
  type RunnerOption,
  runner,
} from 'node-pg-migrate'
import { Client } from 'pg'
import { IGNORED_FILES, INIT_FILE, type MigrationFile, listMigrations } from './files.js'
import { MigrationError } from './migration-error.js'
import {
  TRACKING_TABLE,
  announceChecksum,
  createTrackingTable,
  readApplied,
  refuseChangedFiles,
} from './tracking.js'

export type Log = (line: string) => void
export type Target = { folder: string; log: Log }

/** A migration may wait this long for a table that live traffic uses; then it lets go and tries again. */
const LOCK_TIMEOUT_MS = 2000
const LOCK_ATTEMPTS = 10
const LOCK_NOT_AVAILABLE = '55P03'

/** Opens a connection, lends it, and closes it whatever happens. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'sup-migrate' })
  // A connection that breaks between two statements fails the next one; without a listener it would
  // end the process before that.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new MigrationError(
      `Cannot reach the database: ${messageOf(error)}`,
      'check that it runs and that DATABASE_URL (or DATABASE_HOST and the others) is right',
      { cause: error },
    )
  }
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/**
 * Waits until no other migration run of any process works on this database and keeps others from it until
 * the connection ends, however it ends: a killed run holds nothing.
 */
export async function takeMigrationLock(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [PG_MIGRATE_LOCK_ID])
  // Only now: waiting for another run is no reason to give up.
  await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`)
}

/** Applies `init-db.sql` in one transaction; it is written to be repeated. */
export async function prepareDatabase(client: Client): Promise<void> {
  await inTransaction(client, () => client.query(readFileSync(INIT_FILE, 'utf8')))
  await createTrackingTable(client)
}

/**
 * Applies pending migrations (`up`), or takes back the last ones (`down`), each in a transaction of its own.
 * Call it under the lock. Returns the names in the order in which they were done.
 */
export async function runFiles(
  client: Client,
  { folder, log }: Target,
  direction: 'up' | 'down',
  count: number,
): Promise<string[]> {
  const files = listMigrations(folder)
  const applied = await readApplied(client)
  // Without this the runner would make a tracking table of its own in a database that has none.
  if (direction === 'down' && applied.length === 0) return []
  refuseChangedFiles(applied, files)
  const done: string[] = []
  while (done.length < count) {
    const name = await runNext(client, { folder, files, direction, log })
    if (name === undefined) break
    done.push(name)
  }
  return done
}

type Step = { folder: string; files: MigrationFile[]; direction: 'up' | 'down'; log: Log }

/** One file; a table that stays locked by live traffic is tried again, everything else fails at once. */
async function runNext(client: Client, step: Step): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(client, step)
    } catch (error) {
      await client.query('ROLLBACK')
      if (codeOf(error) !== LOCK_NOT_AVAILABLE || attempt === LOCK_ATTEMPTS)
        throw explain(error, step)
      step.log('  a table is in use; trying again in 1 s')
      await sleep(1000)
    }
  }
}

async function runOnce(
  client: Client,
  { folder, files, direction, log }: Step,
): Promise<string | undefined> {
  const [done] = await runner({
    dbClient: client,
    dir: folder,
    ignorePattern: IGNORED_FILES,
    migrationsTable: TRACKING_TABLE,
    direction,
    count: 1,
    noLock: true,
    singleTransaction: false,
    migrationLoaderStrategies: [strategyWithChecksums(files)],
    logger: { info: () => undefined, warn: log, error: () => undefined },
  })
  if (done !== undefined) log(`  ${direction === 'up' ? 'applied' : 'took back'} ${done.name}`)
  return done?.name
}

type Strategy = NonNullable<RunnerOption['migrationLoaderStrategies']>[number]

/** Loads the two halves of a file; the upper one also hands over the checksum of what it was read from. */
function strategyWithChecksums(files: MigrationFile[]): Strategy {
  const byFile = new Map(files.map((file) => [`${file.name}.sql`, file]))
  return {
    extensions: ['.sql'],
    loader: (paths: string[]) =>
      Promise.resolve(
        paths.map((path) => {
          const file = byFile.get(basename(path))
          if (file === undefined) throw new Error(`${path} appeared while migrations were running`)
          const { up, down } = splitFile(path)
          return {
            id: path,
            filePaths: [path],
            actions: {
              up: (builder: MigrationBuilder) => {
                builder.sql(up)
                builder.sql(announceChecksum(file))
              },
              down: (builder: MigrationBuilder) => {
                builder.sql(down)
              },
            },
          }
        }),
      ),
  }
}

const UP = /^-- Up Migration$/m
const DOWN = /^-- Down Migration$/m

function splitFile(path: string): { up: string; down: string } {
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
  const up = text.search(UP)
  const down = text.search(DOWN)
  if (up === -1 || down < up) {
    throw new MigrationError(
      `${basename(path)} needs the lines "-- Up Migration" and then "-- Down Migration"`,
      'see migrations/README.md',
    )
  }
  return { up: text.slice(up, down), down: text.slice(down) }
}

async function inTransaction(client: Client, use: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN')
  try {
    await use()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw new MigrationError(
      `init-db.sql failed: ${messageOf(error)}`,
      'nothing was changed by it',
      {
        cause: error,
      },
    )
  }
}

function explain(error: unknown, { direction }: Step): Error {
  if (error instanceof MigrationError) return error
  return new MigrationError(
    `A migration failed (${direction}): ${messageOf(error)}`,
    'its transaction was rolled back: the files before it stay applied; mend the cause and run it again',
    { cause: error },
  )
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** An AggregateError (refused on IPv4 and IPv6) has no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

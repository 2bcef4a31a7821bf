import { type Log, prepareDatabase, runFiles, withClient, takeMigrationLock } from './apply.js'
import { MIGRATIONS_FOLDER, listMigrations } from './files.js'
import { MigrationError } from './migration-error.js'
import { readApplied } from './tracking.js'

const silent: Log = () => undefined

/**
 * Brings a database to the newest schema: `init-db.sql`, then every pending file in the order of the
 * full file names, each in a transaction. Concurrent calls wait for each other; those that come late
 * find nothing to do.
 *
 * @returns the names that were applied
 * @throws MigrationError when an applied file was edited, a file fails, or the database is away
 */
export async function migrateUp(options: {
  databaseUrl: string
  folder?: string
  log?: Log
}): Promise<string[]> {
  const { databaseUrl, folder = MIGRATIONS_FOLDER, log = silent } = options
  return withClient(databaseUrl, async (client) => {
    await takeMigrationLock(client)
    await prepareDatabase(client)
    return runFiles(client, { folder, log }, 'up', Infinity)
  })
}

/**
 * Takes the last `count` migrations back, newest first, with everything that they hold.
 *
 * @returns the names that were taken back
 * @throws MigrationError in production unless SUP_ALLOW_DOWN=1, and as `migrateUp`
 */
export async function migrateDown(options: {
  databaseUrl: string
  count: number
  folder?: string
  log?: Log
  env?: NodeJS.ProcessEnv
}): Promise<string[]> {
  const {
    databaseUrl,
    count,
    folder = MIGRATIONS_FOLDER,
    log = silent,
    env = process.env,
  } = options
  if (env['NODE_ENV'] === 'production' && env['SUP_ALLOW_DOWN'] !== '1') {
    throw new MigrationError(
      'Taking migrations back deletes data and is refused in production',
      'restore a backup instead, or set SUP_ALLOW_DOWN=1 when the data may go',
    )
  }
  return withClient(databaseUrl, async (client) => {
    await takeMigrationLock(client)
    return runFiles(client, { folder, log }, 'down', count)
  })
}

/**
 * One row of `migrationStatus`. `edited`: applied in another form than the file has now; `missing`:
 * applied, but the file is gone.
 */
export type MigrationState = {
  name: string
  state: 'applied' | 'pending' | 'edited' | 'missing'
  /** UTC, `YYYY-MM-DD HH:MM:SS`; absent while pending. */
  appliedAt?: string
}

/** What is applied and what is not, in file order. Changes nothing and waits for nobody. */
export async function migrationStatus(options: {
  databaseUrl: string
  folder?: string
}): Promise<MigrationState[]> {
  const { databaseUrl, folder = MIGRATIONS_FOLDER } = options
  const applied = await withClient(databaseUrl, readApplied)
  const files = new Map(listMigrations(folder).map((file) => [file.name, file.checksum]))
  const done = new Map(applied.map((row) => [row.name, row]))
  return [...new Set([...files.keys(), ...done.keys()])].sort().map((name) => {
    const row = done.get(name)
    if (row === undefined) return { name, state: 'pending' }
    const checksum = files.get(name)
    const state =
      checksum === undefined ? 'missing' : checksum === row.checksum ? 'applied' : 'edited'
    return { name, state, appliedAt: row.appliedAt }
  })
}

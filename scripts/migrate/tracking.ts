import type { Client } from 'pg'
import type { MigrationFile } from './files.js'
import { MigrationError } from './migration-error.js'

export const TRACKING_TABLE = 'schema_migrations'

/** The session variable through which a file's checksum reaches the row that the runner inserts. */
const CHECKSUM_SETTING = 'sup.migration_checksum'

// The runner owns the columns id, name and run_on and inserts the row itself, inside the transaction
// of the migration. Taking the checksum from a setting puts it into that same row at that same moment,
// so no crash can leave an applied file without a checksum.
const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS ${TRACKING_TABLE} (
    id       serial       PRIMARY KEY,
    name     varchar(255) NOT NULL,
    run_on   timestamptz  NOT NULL,
    checksum text         NOT NULL DEFAULT current_setting('${CHECKSUM_SETTING}')
             CHECK (checksum ~ '^[0-9a-f]{64}$')
  )`

export type Applied = { name: string; checksum: string; appliedAt: string }

export async function createTrackingTable(client: Client): Promise<void> {
  await client.query(CREATE_TABLE)
}

/** The statement that hands a file's checksum to the tracking row that follows it. */
export function announceChecksum(file: MigrationFile): string {
  return `SELECT set_config('${CHECKSUM_SETTING}', '${file.checksum}', true)`
}

/** What is applied, oldest first; nothing when the database has never been migrated. */
export async function readApplied(client: Client): Promise<Applied[]> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS exists', [
    TRACKING_TABLE,
  ])
  if (rows[0]?.['exists'] !== true) return []
  const applied = await client.query(
    `SELECT name, checksum, to_char(run_on AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS applied_at
       FROM ${TRACKING_TABLE} ORDER BY run_on, id`,
  )
  return applied.rows.map((row) => ({
    name: String(row['name']),
    checksum: String(row['checksum']),
    appliedAt: String(row['applied_at']),
  }))
}

/** Refuses to go on when an applied file was edited, renamed or removed: the schema would be a guess. */
export function refuseChangedFiles(
  applied: readonly Applied[],
  files: readonly MigrationFile[],
): void {
  const byName = new Map(files.map((file) => [file.name, file]))
  for (const { name, checksum } of applied) {
    const file = byName.get(name)
    if (file === undefined) {
      throw new MigrationError(
        `Migration ${name} is applied to this database, but its file is not here`,
        'restore the file from git, or use the checkout that applied it',
      )
    }
    if (file.checksum !== checksum) {
      throw new MigrationError(
        `Migration ${name} was edited after it was applied to this database`,
        'undo the edit (git checkout) and put the change into a new file',
      )
    }
  }
}

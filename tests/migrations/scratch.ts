import { testEnvironment } from '@sup/testkit'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createDriver from 'pg-promise'
import { withScratchDatabase } from '../../scripts/migrate/dump.js'

export type Db = ReturnType<ReturnType<typeof createDriver>>

const driver = createDriver({ noWarnings: true })

/** Lends an empty database and a connection pool to it. */
export async function withEmptyDatabase<T>(use: (url: string, db: Db) => Promise<T>): Promise<T> {
  return withScratchDatabase(testEnvironment().databaseUrl, async (url) => {
    const db = driver({ connectionString: url, max: 3 })
    // A test that cuts connections cuts idle ones of this pool as well.
    db.$pool.on('error', () => undefined)
    try {
      return await use(url, db)
    } finally {
      await db.$pool.end()
    }
  })
}

/** A folder of migration files that a test writes, edits and removes. */
export function makeFolder(): { folder: string; write: Write; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sup-migrations-'))
  return {
    folder,
    write: (name, up, down) => {
      writeFileSync(
        join(folder, `${name}.sql`),
        `-- Up Migration\n\n${up}\n\n-- Down Migration\n\n${down}\n`,
      )
    },
    remove: () => {
      rmSync(folder, { recursive: true })
    },
  }
}

type Write = (name: string, up: string, down: string) => void

/** The tables of a database, without the tracking table. */
export async function listTables(db: Db): Promise<string[]> {
  const rows = await db.any<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = 'public' AND table_name <> 'schema_migrations' ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One migration file: `name` is the file name without `.sql`, as the tracking table holds it. */
export type MigrationFile = { name: string; path: string; checksum: string }

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
export const INIT_FILE = fileURLToPath(new URL('../init-db.sql', import.meta.url))

/** What in the folder is a migration; README.md and schema.sql are not. */
const FILE_NAME = /^\d{3}_[a-z0-9_]+\.sql$/

/** The same as the runner wants it: a pattern of what it must not touch. */
export const IGNORED_FILES = '(?!\\d{3}_[a-z0-9_]+\\.sql$).*'

/** The migrations of a folder in the order in which they apply: that of the full file name. */
export function listMigrations(folder: string): MigrationFile[] {
  return readdirSync(folder)
    .filter((file) => FILE_NAME.test(file))
    .sort()
    .map((file) => {
      const path = join(folder, file)
      return { name: file.slice(0, -'.sql'.length), path, checksum: checksumOf(path) }
    })
}

/** SHA-256 of a file in hex. Line endings and the end of the file do not count: git may change them. */
function checksumOf(path: string): string {
  const text = `${readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trimEnd()}\n`
  return createHash('sha256').update(text).digest('hex')
}

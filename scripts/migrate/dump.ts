import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { withClient } from './apply.js'
import { MigrationError } from './migration-error.js'

export const SCHEMA_FILE = fileURLToPath(new URL('../../migrations/schema.sql', import.meta.url))

const HEADER = `-- The schema after all migrations, as pg_dump prints it. Generated: scripts/migrate.sh dump
`

/** What differs between two dumps of the same schema: versions, random tokens, session settings. */
const NOISE = [
  /^\\(un)?restrict /,
  /^-- (Dumped|PostgreSQL database dump)/,
  /^SET /,
  /^SELECT pg_catalog\.set_config/,
  /^--$/,
]

/**
 * The schema of a database as text that is the same for the same schema.
 *
 * @throws MigrationError when there is no pg_dump, or it fails
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const text = await runPgDump(databaseUrl)
  const lines = text.split('\n').filter((line) => !NOISE.some((noise) => noise.test(line)))
  return `${HEADER}\n${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

/** Writes `migrations/schema.sql` from a database; with `check` only compares. True when it was the same. */
export async function writeSchema(
  databaseUrl: string,
  options: { check: boolean },
): Promise<boolean> {
  const dump = await dumpSchema(databaseUrl)
  const isSame = existsSync(SCHEMA_FILE) && readFileSync(SCHEMA_FILE, 'utf8') === dump
  if (!isSame && !options.check) writeFileSync(SCHEMA_FILE, dump)
  return isSame
}

/**
 * Makes an empty database on the same server, lends its URL and drops it again, so that what is
 * dumped is what the files make and nothing that a developer tried by hand.
 */
export async function withScratchDatabase<T>(
  url: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const name = `sup_scratch_${randomBytes(6).toString('hex')}`
  const scratch = new URL(url)
  scratch.pathname = `/${name}`
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`))
  try {
    return await use(scratch.href)
  } finally {
    await withClient(url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
  }
}

async function runPgDump(databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl)
  const password = decodeURIComponent(url.password)
  // A password in the arguments could be read by every user of the machine.
  url.password = ''
  const args = ['--schema-only', '--no-owner', '--no-privileges', `--dbname=${url.href}`]
  try {
    const { stdout } = await promisify(execFile)('pg_dump', args, {
      env: { ...process.env, ...(password === '' ? {} : { PGPASSWORD: password }) },
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new MigrationError(
        'pg_dump is not on the PATH',
        'install the PostgreSQL client programs (Debian: apt-get install postgresql-client)',
      )
    }
    throw error
  }
}

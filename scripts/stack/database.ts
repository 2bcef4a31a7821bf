import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Progress } from './progress.js'
import { quote, withDatabase } from './sql.js'
import { CHECKOUT } from './state.js'

const NAME = 'sup_messenger'
const ROLE = 'sup'

/**
 * Makes the services' role and database when they are missing, and returns the database's URL.
 *
 * @param postgresUrl superuser on the maintenance database
 */
export async function makeDatabase(postgresUrl: string, password: string): Promise<string> {
  await withDatabase(postgresUrl, async (run) => {
    const roles = await run(`SELECT 1 FROM pg_roles WHERE rolname = ${quote(ROLE)}`)
    if (roles.length === 0) await run(`CREATE ROLE ${ROLE} LOGIN`)
    await run(`ALTER ROLE ${ROLE} PASSWORD ${quote(password)}`)
    const databases = await run(`SELECT 1 FROM pg_database WHERE datname = ${quote(NAME)}`)
    if (databases.length === 0) await run(`CREATE DATABASE ${NAME} OWNER ${ROLE}`)
  })
  return databaseUrl(postgresUrl, password)
}

/** Applies `scripts/init-db.sql` and every pending migration as the services' role. */
export async function migrateDatabase(url: string, progress: Progress): Promise<void> {
  const init = join(CHECKOUT, 'scripts/init-db.sql')
  if (existsSync(init)) {
    await withDatabase(url, (run) => run(readFileSync(init, 'utf8')))
  }
  const program = join(CHECKOUT, 'scripts/migrate.ts')
  if (!existsSync(program)) {
    progress.say('scripts/migrate.ts does not exist yet: the database has no tables')
    return
  }
  const { migrateUp } = (await import(pathToFileURL(program).href)) as Migrate
  await migrateUp({ databaseUrl: url })
}

type Migrate = { migrateUp: (options: { databaseUrl: string }) => Promise<unknown> }

function databaseUrl(postgresUrl: string, password: string): string {
  const url = new URL(postgresUrl)
  url.username = ROLE
  url.password = password
  url.pathname = `/${NAME}`
  return url.href
}

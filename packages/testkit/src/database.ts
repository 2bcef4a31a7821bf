import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import createDriver from 'pg-promise'
import { inheritedVariables, testEnvironment } from './env.js'
import { REPOSITORY } from './repository.js'

/** A database with the newest schema and no rows, for one test file. */
export type TestDatabase = {
  name: string
  /** Owner of the database, not a superuser: what a service has in production. */
  url: string
  /** Drops it, with whoever is still connected. */
  drop: () => Promise<void>
}

const driver = createDriver({ noWarnings: true })
type Connection = createDriver.IDatabase<object>
type Task = createDriver.ITask<object>

const ROLE = 'sup_test'
/** Any number; all that make a template agree on it. */
const TEMPLATE_LOCK = 7_241_001

/**
 * Makes a database by copying a migrated template. The template is made by the first call on a server and
 * again whenever a migration changes; test files of several processes may ask at once.
 *
 * @throws Error when the servers are missing (`testEnvironment`) or a migration fails, with its message.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { databaseUrl } = testEnvironment()
  const name = `sup_test_${process.pid}_${randomBytes(5).toString('hex')}`
  await withConnection(databaseUrl, async (db) => {
    const template = await db.task((task) => provideTemplate(task, databaseUrl))
    await db.none(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${ROLE}`)
  })
  return { name, url: urlOf(databaseUrl, name), drop: () => dropTestDatabase(name) }
}

/** Drops a test database; connections that are still open are cut. */
export async function dropTestDatabase(name: string): Promise<void> {
  const { databaseUrl } = testEnvironment()
  await withConnection(databaseUrl, (db) => db.none(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
}

/** One migrates, the others wait for it. What a killed process left half made is made again. */
async function provideTemplate(task: Task, databaseUrl: string): Promise<string> {
  const template = `sup_template_${hashSchema()}`
  await task.one('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
  try {
    if (await task.oneOrNone('SELECT 1 FROM pg_database WHERE datname = $1', [template])) {
      return template
    }
    const draft = `${template}_draft`
    if (!(await task.oneOrNone('SELECT 1 FROM pg_roles WHERE rolname = $1', [ROLE]))) {
      await task.none(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${ROLE}'`)
    }
    await task.none(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`)
    await task.none(`CREATE DATABASE ${draft} TEMPLATE template0 OWNER ${ROLE}`)
    await migrate(urlOf(databaseUrl, draft))
    await task.none(`ALTER DATABASE ${draft} RENAME TO ${template}`)
    return template
  } finally {
    await task.one('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
}

/** Runs the migration tool as everybody runs it. */
async function migrate(databaseUrl: string): Promise<void> {
  const args = ['--conditions=sup-source', '--import', 'tsx', 'scripts/migrate.ts', 'up']
  await promisify(execFile)(process.execPath, args, {
    cwd: REPOSITORY,
    env: { ...inheritedVariables(), DATABASE_URL: databaseUrl },
  })
}

/** Names the schema by what makes it. */
function hashSchema(): string {
  const folder = join(REPOSITORY, 'migrations')
  const files = readdirSync(folder)
    .filter((file) => /^\d{3}_.*\.sql$/.test(file))
    .sort()
    .map((file) => join(folder, file))
  const hash = createHash('sha256')
  for (const file of [join(REPOSITORY, 'scripts/init-db.sql'), ...files]) {
    hash.update(file.slice(REPOSITORY.length)).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.username = ROLE
  url.password = ROLE
  url.pathname = `/${database}`
  return url.href
}

/** Lends a connection of its own to the server and closes it. */
export async function withConnection<T>(
  connectionString: string,
  use: (db: Connection) => Promise<T>,
): Promise<T> {
  const db = driver({ connectionString, max: 1 })
  try {
    return await use(db)
  } finally {
    await db.$pool.end()
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findLockHolder } from '../stack/lock.js'
import { namePorts } from '../stack/servers/server.js'
import { type Secrets, loadSecrets, stateRoot } from '../stack/state.js'
import { MigrationError } from './migration-error.js'

/**
 * The database to work on: DATABASE_URL, else DATABASE_HOST and its companions (each may be a file,
 * `NAME_FILE`), else the running local stack of this checkout (`npm start`).
 */
export function findDatabaseUrl(env: NodeJS.ProcessEnv): string {
  const url = readVariable(env, 'DATABASE_URL')
  if (url !== undefined) return url
  if (readVariable(env, 'DATABASE_HOST') !== undefined) return joinParts(env)
  return readLocalStack(({ databasePassword }) => `sup:${databasePassword}`, 'sup_messenger')
}

/** A database whose role may make others beside it: that of a test run, else as `findDatabaseUrl`. */
export function findServerUrl(env: NodeJS.ProcessEnv): string {
  const url = readVariable(env, 'SUP_TEST_DATABASE_URL') ?? readVariable(env, 'DATABASE_URL')
  if (url !== undefined) return url
  if (readVariable(env, 'DATABASE_HOST') !== undefined) return joinParts(env)
  return readLocalStack(({ postgresPassword }) => `postgres:${postgresPassword}`, 'postgres')
}

function joinParts(env: NodeJS.ProcessEnv): string {
  const url = new URL('postgres://host')
  url.hostname = readVariable(env, 'DATABASE_HOST') ?? ''
  url.port = readVariable(env, 'DATABASE_PORT') ?? '5432'
  url.username = readVariable(env, 'DATABASE_USER') ?? 'sup'
  url.password = encodeURIComponent(readVariable(env, 'DATABASE_PASSWORD') ?? '')
  url.pathname = `/${readVariable(env, 'DATABASE_NAME') ?? 'sup_messenger'}`
  return url.href
}

function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = env[`${name}_FILE`]
  const value = file === undefined || file === '' ? env[name] : readFileSync(file, 'utf8').trim()
  return value === '' ? undefined : value
}

function readLocalStack(logIn: (secrets: Secrets) => string, database: string): string {
  const folder = join(stateRoot(), 'start')
  if (findLockHolder(folder) === undefined) {
    throw new MigrationError(
      'There is no database to work on',
      'set DATABASE_URL, or start the local stack first: npm start (or npm start -- --only infra)',
    )
  }
  const first = Number(readFileSync(join(folder, 'first-port'), 'utf8'))
  const { postgres } = namePorts(first)
  return `postgres://${logIn(loadSecrets(folder))}@127.0.0.1:${postgres}/${database}`
}

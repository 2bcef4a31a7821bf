import { readFileSync } from 'node:fs'
import { type RunningStack, findRunningStack } from '../stack/running-stack.js'
import { MigrationError } from './migration-error.js'

/**
 * The database to work on: DATABASE_URL, else DATABASE_HOST and its companions (each may be a file,
 * `NAME_FILE`), else the running local stack of this checkout (`npm start`).
 */
export function findDatabaseUrl(env: NodeJS.ProcessEnv): string {
  const url = readVariable(env, 'DATABASE_URL')
  if (url !== undefined) return url
  if (readVariable(env, 'DATABASE_HOST') !== undefined) return joinParts(env)
  return readLocalStack(({ services }) => services['DATABASE_URL'])
}

/** A database whose role may make others beside it: that of a test run, else as `findDatabaseUrl`. */
export function findServerUrl(env: NodeJS.ProcessEnv): string {
  const url = readVariable(env, 'SUP_TEST_DATABASE_URL') ?? readVariable(env, 'DATABASE_URL')
  if (url !== undefined) return url
  if (readVariable(env, 'DATABASE_HOST') !== undefined) return joinParts(env)
  return readLocalStack(({ test }) => test['SUP_TEST_DATABASE_URL'])
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

function readLocalStack(read: (stack: RunningStack) => string | undefined): string {
  const stack = findRunningStack()
  const url = stack === undefined ? undefined : read(stack)
  if (url !== undefined) return url
  throw new MigrationError(
    'There is no database to work on',
    'set DATABASE_URL, or start the local stack first: npm start (or npm start -- --only infra)',
  )
}

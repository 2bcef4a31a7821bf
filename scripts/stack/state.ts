import { createHash, randomBytes } from 'node:crypto'
import {
  chownSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StackError } from './stack-error.js'

/** The checkout this program belongs to. */
export const CHECKOUT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)))

/** Servers never run as root: they take this uid and gid (nobody), which owns no file elsewhere. */
export const SERVER_UID = 65534

/** True when this process may and must drop privileges for the servers it starts. */
export const isRoot = process.getuid?.() === 0

const GIB = 1024 ** 3

/**
 * The folder that holds all state of this checkout. It lies outside the checkout, because a dropped
 * uid cannot enter a checkout below a home folder that only its owner may read.
 */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['SUP_STATE_DIR']) return env['SUP_STATE_DIR']
  const name = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 12)
  return isRoot ? join('/var/lib/sup', name) : join(homedir(), '.local/share/sup', name)
}

/** Makes a folder below the state root and returns its path. Disk space is checked first. */
export function openState(name: string): string {
  const folder = join(stateRoot(), name)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw new StackError(
      `Cannot make the state folder ${folder}: ${error instanceof Error ? error.message : ''}`,
      'set SUP_STATE_DIR to a folder that you may write',
    )
  }
  checkDisk(folder)
  return folder
}

/** Refuses to go on with less than 1 GiB free: servers fail late and unclearly on a full disk. */
export function checkDisk(folder: string, needed = GIB): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free >= needed) return
  throw new StackError(
    `The disk of ${folder} has ${(free / GIB).toFixed(2)} GiB free, ${(needed / GIB).toFixed(0)} GiB is needed`,
    'free some space, or set SUP_STATE_DIR to a folder on another disk',
  )
}

/** Makes a folder that a server process may write (owned by the dropped uid when root). */
export function makeServerFolder(folder: string, mode = 0o700): string {
  mkdirSync(folder, { recursive: true, mode })
  if (isRoot) chownSync(folder, SERVER_UID, SERVER_UID)
  return folder
}

/** Writes a file that only a server process may read, such as one with its password. */
export function writeServerFile(file: string, content: string): void {
  writeFileSync(file, content, { mode: 0o600 })
  if (isRoot) chownSync(file, SERVER_UID, SERVER_UID)
}

const SECRETS = [
  'postgresPassword',
  'databasePassword',
  'redisPassword',
  'rabbitmqPassword',
  's3AccessKey',
  's3SecretKey',
  'jwtSecret',
  'serviceSecret',
  'encryptionKey',
  'passwordPepper',
] as const

export type Secrets = Record<(typeof SECRETS)[number], string>

/** The secrets of a state folder, 64 hex digits each: made on the first call, the same ever after. */
export function loadSecrets(folder: string): Secrets {
  const known = readJson(join(folder, 'secrets.json'))
  const secrets = Object.fromEntries(
    SECRETS.map((name) => {
      const value = known[name]
      return [name, typeof value === 'string' ? value : randomBytes(32).toString('hex')]
    }),
  ) as Secrets
  writeFileSync(join(folder, 'secrets.json'), JSON.stringify(secrets, null, 2), { mode: 0o600 })
  return secrets
}

/** A JSON object kept in a state folder; empty when there is none yet. */
export function readJson(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

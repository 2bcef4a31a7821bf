import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CliError, EXIT } from './exit-codes.js'
import type { Terminal } from './terminal.js'

export type GlobalOptions = {
  server?: string
  profile?: string
  json?: boolean
  /** Commander's form of `--no-input`. */
  input?: boolean
  verbose?: boolean
}

export type Settings = {
  server: string
  profile: string
  /** Where the session, the outbox and the chats of this profile on this server are kept. */
  folder: string
  /** Makes this server the one that the profile uses when none is given. */
  remember: () => void
}

const DEFAULT_SERVER = 'http://localhost:8080'

/**
 * Server: option, environment, the last log-in of the profile, default. Each profile has a state
 * folder, and in it one store per server: the tokens of one are never sent to another.
 */
export function readSettings(options: GlobalOptions, { env }: Terminal): Settings {
  const profile = options.profile ?? env['SUP_PROFILE'] ?? 'default'
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(profile) || profile.startsWith('.')) {
    throw new CliError(
      EXIT.usage,
      `"${profile}" cannot be the name of a profile`,
      'Use up to 64 letters, digits, dots, dashes and underscores.',
    )
  }
  const home = env['SUP_CLI_HOME'] ?? join(dataHome(env), 'sup/profiles')
  const folder = join(home, profile)
  const file = join(folder, 'profile.json')
  const server = checkServer(options.server ?? env['SUP_SERVER'] ?? lastServer(file))
  return {
    server,
    profile,
    folder: join(folder, new URL(server).host.replaceAll(/[^A-Za-z0-9.-]/g, '_')),
    remember() {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(file, `${JSON.stringify({ server })}\n`, { mode: 0o600 })
    },
  }
}

const dataHome = (env: Terminal['env']): string =>
  env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share')

function lastServer(file: string): string {
  try {
    const profile: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const isObject = typeof profile === 'object' && profile !== null && 'server' in profile
    return isObject && typeof profile.server === 'string' ? profile.server : DEFAULT_SERVER
  } catch {
    return DEFAULT_SERVER
  }
}

function checkServer(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new CliError(
    EXIT.usage,
    `"${address}" is not the address of a server`,
    `It looks like ${DEFAULT_SERVER}.`,
  )
}

import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError, EXIT } from './exit-codes.js'
import type { Terminal } from './terminal.js'

/** How main-api's internal listener is reached; only operators can. */
export type InternalAccess = { url: string; secret: string }

/** From the environment, else from the running `npm start` of this checkout. */
export function findInternalAccess({ env }: Terminal): InternalAccess {
  const variables = { ...runningStack(env), ...definedOnly(env) }
  const url = variables['MAIN_API_INTERNAL_URL']
  const [secret] = (variables['SERVICE_SECRET'] ?? '').split(',')
  if (url && secret) return { url: url.replace(/\/+$/, ''), secret }
  throw new CliError(
    EXIT.usage,
    'This needs the internal address of the server and its service secret',
    'Set MAIN_API_INTERNAL_URL and SERVICE_SECRET, or run it beside `npm start`.',
  )
}

/** Where the local stack of this checkout keeps the mails that it would send. */
export const mailFolder = ({ env }: Terminal): string => join(stateRoot(env), 'start/mail')

const definedOnly = (env: Terminal['env']): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])))

function runningStack(env: Terminal['env']): Record<string, string> {
  try {
    const file = join(stateRoot(env), 'start/running.json')
    const stack = JSON.parse(readFileSync(file, 'utf8')) as { services?: Record<string, string> }
    return stack.services ?? {}
  } catch {
    return {}
  }
}

/** The same folder that scripts/stack/state.ts chooses. */
function stateRoot(env: Terminal['env']): string {
  if (env['SUP_STATE_DIR']) return env['SUP_STATE_DIR']
  const checkout = realpathSync(fileURLToPath(new URL('../../..', import.meta.url)))
  const name = createHash('sha256').update(checkout).digest('hex').slice(0, 12)
  if (process.getuid?.() === 0) return join('/var/lib/sup', name)
  return join(homedir(), '.local/share/sup', name)
}

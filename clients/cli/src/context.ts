import type { Client, Session } from '@sup/sdk'
import { hostname } from 'node:os'
import { CliError, EXIT } from './exit-codes.js'
import { type Printer, createPrinter } from './printer.js'
import { type GlobalOptions, type Settings, readSettings } from './settings.js'
import { type Terminal, isInteractive } from './terminal.js'

/** What a command works with. */
export type Context = {
  terminal: Terminal
  settings: Settings
  print: Printer
  /** May the person be asked? */
  canAsk: boolean
  /** May lines be rewritten and keys be read? */
  isInteractive: boolean
  isVerbose: boolean
}

export function createContext(options: GlobalOptions, terminal: Terminal): Context {
  const isAllowed = options.input !== false
  return {
    terminal,
    settings: readSettings(options, terminal),
    print: createPrinter(terminal, options.json === true),
    canAsk: isAllowed && terminal.stdin.isTTY === true && terminal.stderr.isTTY === true,
    isInteractive: isAllowed && options.json !== true && isInteractive(terminal),
    isVerbose: options.verbose === true,
  }
}

export const DEVICE = { name: `sup on ${hostname()}`.slice(0, 64), platform: 'cli' as const }

/** Opens the profile, runs, and closes everything, whatever happens. */
export async function withClient<T>(
  context: Context,
  run: (client: Client) => Promise<T>,
): Promise<T> {
  // Loaded when it is needed: the SDK and the contract take most of the time of a start.
  const { createClient, openFileStorage } = await import('@sup/sdk/node')
  const { settings, isVerbose, print } = context
  const report = (text: string, fields: Record<string, unknown> = {}): void => {
    if (isVerbose) print.trace(`${text} ${JSON.stringify(fields, plainError)}`)
  }
  const log = { debug: report, warn: report }
  const storage = await openFileStorage(settings.folder, { log })
  const client = await createClient({ server: settings.server, storage, log })
  try {
    return await run(client)
  } finally {
    client.close()
    await storage.close()
  }
}

const plainError = (_key: string, value: unknown): unknown =>
  value instanceof Error ? `${value.name}: ${value.message}` : value

/** As `withClient`, for what needs an account. */
export function withAccount<T>(
  context: Context,
  run: (client: Client, session: Session) => Promise<T>,
): Promise<T> {
  return withClient(context, (client) => {
    const session = client.session()
    if (!session) {
      const { profile, server } = context.settings
      throw new CliError(
        EXIT.auth,
        `Nobody is logged in (profile ${profile}, ${server})`,
        'Log in with `sup login NAME`, or make an account with `sup register NAME`.',
      )
    }
    return run(client, session)
  })
}

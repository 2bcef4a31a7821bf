import { CommanderError } from 'commander'
import { CliError, EXIT, type ExitCode, exitCodeOf } from './exit-codes.js'
import { createProgram } from './program.js'
import type { Terminal } from './terminal.js'

/**
 * Runs one command line.
 * @param args what follows the name of the program.
 * @returns the exit code; never throws.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' })
    return EXIT.ok
  } catch (err) {
    return report(err, args.includes('--json'), terminal)
  }
}

type Failure = {
  exitCode: ExitCode
  code: string
  message: string
  hint?: string | undefined
  details?: unknown
  retryable: boolean
  retryAfterMs?: number | undefined
  requestId?: string | undefined
}

async function report(err: unknown, isJson: boolean, { stderr }: Terminal): Promise<ExitCode> {
  // Commander has said already what is wrong, or has shown the help that was asked for.
  if (err instanceof CommanderError) return err.exitCode === 0 ? EXIT.ok : EXIT.usage
  const failure = await describe(err)
  const { exitCode, ...error } = failure
  stderr.write(isJson ? `${JSON.stringify({ error })}\n` : `${sentences(failure).join('\n')}\n`)
  return exitCode
}

async function describe(err: unknown): Promise<Failure> {
  if (err instanceof CliError) {
    const { exitCode, message, hint } = err
    return { exitCode, code: nameOf(exitCode), message, hint, retryable: false }
  }
  const { isSupError } = await import('@sup/sdk')
  if (isSupError(err)) {
    const { code, message, details, retryable, retryAfterMs, requestId } = err
    return { exitCode: exitCodeOf(err), code, message, details, retryable, retryAfterMs, requestId }
  }
  const message = err instanceof Error ? err.message : String(err)
  return { exitCode: EXIT.failure, code: 'FAILURE', message, retryable: false }
}

/** `NOT_FOUND` for the exit code of that name. */
function nameOf(exitCode: ExitCode): string {
  const name = Object.entries(EXIT).find(([, value]) => value === exitCode)?.[0] ?? 'failure'
  return name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()
}

function sentences({ code, message, hint, details, retryAfterMs, requestId }: Failure): string[] {
  const about = [code, ...(requestId ? [`request ${requestId}`] : [])].join(', ')
  const places = Array.isArray(details) ? details.map(placeOf) : []
  const wait =
    retryAfterMs === undefined ? [] : [`Try again in ${String(Math.ceil(retryAfterMs / 1000))} s.`]
  return [`sup: ${message} (${about})`, ...places, ...wait, ...(hint ? [hint] : [])]
}

/** One of the details of a refused request: what is wrong where. */
function placeOf(detail: unknown): string {
  const { path, message }: { path?: unknown; message?: unknown } =
    typeof detail === 'object' && detail !== null ? detail : {}
  return `  ${typeof path === 'string' && path !== '' ? `${path}: ` : ''}${String(message)}`
}

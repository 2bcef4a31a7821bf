import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A running program and the end of what it wrote. */
export type Child = {
  pid: number
  isRunning: () => boolean
  /** Resolves once it has ended, with `code 0` or `SIGKILL`. */
  exited: Promise<string>
  /** Sends a signal; nothing when it has ended. */
  signal: (signal: NodeJS.Signals) => void
  /** The last lines of its output, oldest first. */
  logTail: () => string
}

const KEPT_LINES = 200
const SETPRIV = '/usr/bin/setpriv'

/** Starts a Node program that cannot outlive this process, however this process ends. */
export function startChild(
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Child {
  // The kernel ends the child when a killed test run can no longer do it.
  const [command, ...rest]: [string, ...string[]] = existsSync(SETPRIV)
    ? [SETPRIV, '--pdeathsig=KILL', process.execPath, ...args]
    : [process.execPath, ...args]
  const child = spawn(command, rest, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines = keepLines(child)
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const endWithUs = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', endWithUs)
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message)
    })
    child.once('exit', (code, signal) => {
      process.off('exit', endWithUs)
      resolve(signal ?? `code ${code ?? 0}`)
    })
  })
  return {
    pid: child.pid ?? -1,
    isRunning,
    exited,
    signal: (signal) => {
      if (isRunning()) child.kill(signal)
    },
    logTail: () => lines.join('\n'),
  }
}

function keepLines(child: ChildProcess): string[] {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
      lines.splice(0, Math.max(0, lines.length - KEPT_LINES))
    })
    stream?.on('end', () => {
      if (rest !== '') lines.push(rest)
    })
  }
  return lines
}

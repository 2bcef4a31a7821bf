import type { Readable, Writable } from 'node:stream'

export type Output = Writable & { isTTY?: boolean; columns?: number; rows?: number }
export type Input = Readable & { isTTY?: boolean; setRawMode?: (mode: boolean) => unknown }

/** Where a run of the program reads and writes; tests give their own. */
export type Terminal = {
  stdin: Input
  stdout: Output
  stderr: Output
  env: Record<string, string | undefined>
}

export const processTerminal = (): Terminal => ({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
})

/** May the person be asked, and may lines be rewritten? */
export function isInteractive({ stdin, stdout, env }: Terminal): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb'
}

export function hasColor({ stdout, env }: Terminal): boolean {
  if (env['NO_COLOR']) return false
  return stdout.isTTY === true && env['TERM'] !== 'dumb'
}

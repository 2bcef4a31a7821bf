import { PassThrough } from 'node:stream'
import type { Terminal } from '../src/terminal.js'

/** Streams that remember what was written, and an environment of their own. */
export type FakeTerminal = Terminal & {
  stdin: PassThrough
  out: () => string
  err: () => string
}

export function fakeTerminal(env: Record<string, string>, input?: string): FakeTerminal {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const written = { out: '', err: '' }
  stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()))
  stderr.on('data', (chunk: Buffer) => (written.err += chunk.toString()))
  if (input !== undefined) stdin.end(input)
  return { stdin, stdout, stderr, env, out: () => written.out, err: () => written.err }
}

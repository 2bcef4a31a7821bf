import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { StackError } from './stack-error.js'
import { describeProcess, findPortHolder } from './process-table.js'

// Below the ephemeral range (32768 and up): a port from there can be lost to an outgoing connection
// of any program between the moment it is chosen and the moment it is bound.
const LOWEST = 20_000
const HIGHEST = 32_000

/** Can this port be bound on this address (default loopback) right now? */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => {
      resolve(false)
    })
    probe.listen({ port, host, exclusive: true }, () => {
      probe.close(() => {
        resolve(true)
      })
    })
  })
}

/** Are `count` ports from `first` on all free? */
export async function isBlockFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port += 1) {
    if (!(await isPortFree(port))) return false
  }
  return true
}

/**
 * The first of `count` neighbouring free ports between 20000 and 32000. It starts at a random place,
 * so that stacks starting at the same moment do not choose the same ones.
 */
export async function pickBlock(count: number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const first = randomInt(LOWEST, HIGHEST - count)
    if (await isBlockFree(first, count)) return first
  }
  throw new StackError(
    `No ${count} neighbouring free ports between ${LOWEST} and ${HIGHEST}`,
    'end programs that listen on many ports (`ss -ltnp` lists them)',
  )
}

/** The preferred port when it is free, else a random free one. */
export async function pickPort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred
  return pickBlock(1)
}

/** Who listens on a port, in words for people. */
export function describePortHolder(port: number): string {
  const pid = findPortHolder(port)
  return pid === undefined ? 'a process of another user' : describeProcess(pid)
}

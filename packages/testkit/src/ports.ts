import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below 32768: the kernel gives ports from there up to outgoing connections, which could take one
// between the moment it is chosen and the moment it is bound.
const LOWEST = 20_000
const HIGHEST = 32_000

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port between ${LOWEST} and ${HIGHEST}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // All addresses, because that is what services bind.
    const probe = createServer()
    probe.once('error', () => {
      resolve(false)
    })
    probe.listen({ port, exclusive: true }, () => {
      probe.close(() => {
        resolve(true)
      })
    })
  })
}

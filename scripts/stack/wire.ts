import { connect } from 'node:net'

/** What a question to a server came to: its first bytes as text, or undefined without an answer. */
export type Answer = string | undefined

/**
 * Sends bytes to a loopback port and returns what comes back first. Readiness is asked in the
 * server's own protocol, because a port that merely accepts may be somebody else's.
 */
export function ask(port: number, bytes: Buffer | string, limitMs = 1000): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (answer: Answer): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(limitMs, () => {
      finish(undefined)
    })
    socket.once('error', () => {
      finish(undefined)
    })
    socket.once('end', () => {
      finish(undefined)
    })
    socket.once('data', (data: Buffer) => {
      finish(data.toString('latin1'))
    })
    socket.once('connect', () => {
      socket.write(bytes)
    })
  })
}

/** The status of a GET to a loopback port; 0 without an answer within the time. */
export async function getStatus(url: string, limitMs = 1000): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(limitMs), redirect: 'manual' })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

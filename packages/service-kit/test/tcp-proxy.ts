import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** A server behind a wire that can be cut or held. */
export type TcpProxy = {
  /** The given address with the port of the proxy. */
  url: string
  /** Ends every connection and refuses new ones until `heal`. */
  cut: () => void
  /** Ends every connection; new ones are accepted at once. */
  reset: () => void
  /** Lets nothing through in either direction, without a word, until `heal`. */
  freeze: () => void
  heal: () => void
  close: () => Promise<void>
}

/** Puts a proxy in front of a real server. */
export async function startProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  let isFrozen = false

  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      if (isFrozen) from.pause()
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => from.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const reset = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    reset,
    cut() {
      isCut = true
      reset()
    },
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    heal() {
      isCut = false
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    close() {
      reset()
      return new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
      })
    },
  }
}

import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/**
 * A way into a server by another address of this machine. Balancers that look at the address of a client
 * see a different client behind each door, and a door can be shut.
 */
export type Door = {
  /** The same server, seen through this door. */
  url: string
  /** Cuts every connection, without a goodbye. */
  cut: () => void
  /** Refuses new connections until it is opened again. */
  shut: () => void
  open: () => void
  close: () => Promise<void>
}

/**
 * Opens a door on a free port.
 *
 * @param targetUrl `http://127.0.0.1:8080`
 * @param number 2 to 250: the last part of the address 127.0.0.x by which the server sees the clients
 */
export async function openDoor(targetUrl: string, number: number): Promise<Door> {
  const { hostname, port } = new URL(targetUrl)
  const inside = new Set<Socket>()
  let isShut = false
  const server = createServer({ noDelay: true }, (client) => {
    if (isShut) {
      client.destroy()
      return
    }
    const upstream = connect({
      host: hostname,
      port: Number(port),
      localAddress: `127.0.0.${number}`,
      noDelay: true,
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      inside.add(one)
      one.pipe(other)
      // Whatever ends one side ends the other in the same way.
      one.on('error', () => other.destroy())
      one.on('close', () => {
        inside.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port: own } = server.address() as AddressInfo
  const cut = (): void => {
    for (const socket of inside) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${own}`,
    cut,
    shut: () => {
      isShut = true
      cut()
    },
    open: () => {
      isShut = false
    },
    close: () =>
      new Promise((resolve) => {
        cut()
        server.close(() => {
          resolve()
        })
      }),
  }
}

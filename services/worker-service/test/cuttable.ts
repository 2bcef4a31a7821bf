import { freePort } from '@sup/testkit'
import { type Socket, connect, createServer } from 'node:net'

/** A way to a server that can be cut, as a network or a dying server does. */
export type Cuttable = {
  /** The server's address, by this way. */
  url: string
  /** Ends every connection; new ones end at once. */
  cut: () => void
  heal: () => void
  close: () => Promise<void>
}

/** Opens a way to the server of `url`. */
export async function cuttable(url: string): Promise<Cuttable> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const port = await freePort()
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String(port)
  return {
    url: own.href,
    cut() {
      isCut = true
      cutAll()
    },
    heal() {
      isCut = false
    },
    async close() {
      cutAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

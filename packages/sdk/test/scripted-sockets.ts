import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

/** What the tests use of a Socket.IO server; the package is no dependency of the SDK. */
export type ServerSocket = {
  handshake: { auth: Record<string, unknown> }
  emit: (event: string, payload: unknown) => void
  on: (
    event: string,
    listener: (
      payload: ReturnType<typeof JSON.parse>,
      acknowledge: (answer: unknown) => void,
    ) => void,
  ) => void
  disconnect: (close?: boolean) => void
  conn: { close: () => void }
}
type Next = (err?: Error) => void
type SocketServer = {
  use: (check: (socket: ServerSocket, next: Next) => void) => void
  on: (event: 'connection', listener: (socket: ServerSocket) => void) => void
  close: () => Promise<void>
}
type Library = { Server: new (http: unknown, options: unknown) => SocketServer }

/** A Socket.IO server that refuses, closes and drains when a test wants it to. */
export type ScriptedSockets = {
  url: string
  sockets: ServerSocket[]
  /** Handshakes so far, accepted or not. */
  handshakes: Record<string, unknown>[]
  /** Decides about each handshake: `data` of a refusal, or undefined to accept. */
  refuse: (auth: Record<string, unknown>, count: number) => object | undefined
  /** Told of each accepted connection, after `authenticated` was sent. */
  onConnection: (socket: ServerSocket) => void
  close: () => Promise<void>
}

export const AUTHENTICATED = {
  userId: '01890000-0000-7000-8000-00000000000a',
  epoch: '01890000-0000-7000-8000-0000000000ee',
}

export async function startScriptedSockets(http = createServer()): Promise<ScriptedSockets> {
  // The real server's copy of the library, so that both sides speak what they speak in production.
  const require = createRequire(
    new URL('../../../services/websocket-service/package.json', import.meta.url),
  )
  const { Server } = require('socket.io') as Library
  const io = new Server(http, { serveClient: false })
  const script: ScriptedSockets = {
    url: '',
    sockets: [],
    handshakes: [],
    refuse: () => undefined,
    onConnection: () => undefined,
    close: () => io.close(),
  }
  io.use((socket, next) => {
    const { auth } = socket.handshake
    script.handshakes.push(auth)
    const data = script.refuse(auth, script.handshakes.length - 1)
    next(data && Object.assign(new Error('refused'), { data }))
  })
  io.on('connection', (socket) => {
    script.sockets.push(socket)
    socket.emit('authenticated', AUTHENTICATED)
    script.onConnection(socket)
  })
  if (!http.listening) await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  script.url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`
  return script
}

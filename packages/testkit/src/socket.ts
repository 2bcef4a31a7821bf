import type { clientEvents } from '@sup/types'
import { type ManagerOptions, type Socket, type SocketOptions, io } from 'socket.io-client'
import type { z } from 'zod'
import { type Inbox, WAIT_LIMIT_MS, createInbox } from './inbox.js'

type ClientEvent = (typeof clientEvents)[number]
type SentPayload<N extends ClientEvent['name']> = z.input<
  Extract<ClientEvent, { name: N }>['payload']
>

/** A socket.io connection that keeps everything the server sends. */
export type TestSocket = Pick<Inbox, 'events' | 'next'> & {
  socket: Socket
  /** Sends an event and resolves with its acknowledgement, also a failed one. */
  send: <N extends ClientEvent['name']>(name: N, payload: SentPayload<N>) => Promise<unknown>
  close: () => void
}

export type ConnectOptions = {
  url: string
  /** The handshake: `token`, `protocol`, `batch`, `heads`, `epoch`. */
  auth?: Record<string, unknown>
  client?: Partial<ManagerOptions & SocketOptions>
}

/** Opens a raw connection without waiting for anything; it does not reconnect unless asked to. */
export function openSocket({ url, auth = {}, client = {} }: ConnectOptions): TestSocket {
  const { events, next, receive } = createInbox()
  const socket = io(url, {
    auth,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...client,
  })
  socket.onAny(receive)
  // Not events of the contract, but what a test wants to see in the list when nothing comes.
  socket.on('disconnect', (reason) => {
    receive('(disconnect)', reason)
  })
  socket.on('connect_error', (error) => {
    receive('(connect_error)', error.message)
  })
  return {
    socket,
    events,
    next,
    send: async (name, payload) => {
      const answer: unknown = await socket.timeout(WAIT_LIMIT_MS).emitWithAck(name, payload)
      return answer
    },
    close: () => {
      socket.disconnect()
    },
  }
}

import type { CloseCode, EventType, Payload, serverEvents } from '@sup/types'
import type { DefaultEventsMap, Server, Socket as IoSocket } from 'socket.io'
import type { Connection } from './connections.js'

type Listeners<E extends readonly EventType[]> = {
  [T in E[number] as T['name']]: (payload: Payload<T>) => void
}

/** Every event a client can receive. Names and payloads come from the contract. */
export type ServerToClient = Listeners<typeof serverEvents>

/** Which socket, on which node, and why it is to be closed. */
export type CloseOrder = { nodeId: string; socketId: string; code: CloseCode }

/** What nodes tell each other through the adapter. May be lost. */
export type NodeEvents = {
  'close-socket': (order: CloseOrder) => void
}

/** What hangs on a socket: its connection, once it is authenticated. */
export type SocketData = { connection?: Connection }

// What clients send goes through the router, which checks it; no listener is ever typed by a client.
export type Io = Server<DefaultEventsMap, ServerToClient, NodeEvents, SocketData>
export type Socket = IoSocket<DefaultEventsMap, ServerToClient, NodeEvents, SocketData>

/** The transport connection below a socket. */
export type Conn = Socket['conn']

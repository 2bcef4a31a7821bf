import type { CloseCode, EventType, Membership, Payload, UUID, serverEvents } from '@sup/types'
import type { DefaultEventsMap, Server, Socket as IoSocket } from 'socket.io'

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

/** A chat as a member's sockets need it. */
export type MemberChat = Pick<Membership, 'type' | 'memberCount' | 'canType' | 'baseSeq'>

/** Somebody who is connected to this node, on one or more sockets, or is about to be. */
export type Person = {
  readonly userId: UUID
  readonly connections: Set<Connection>
  /** Shows others when they type, and so sees it of them. */
  typingVisible: boolean
  /** Shows others how far they have read, and so sees it of them. */
  receiptsVisible: boolean
  /** Grows whenever something is heard that makes an answer of main-api from before it worthless. */
  generation: number
  /** Connections and handshakes that keep this person known here. */
  users: number
}

/** One authenticated socket. */
export type Connection = {
  readonly socket: Socket
  readonly person: Person
  readonly userId: UUID
  readonly sessionId: UUID
  readonly deviceId: UUID
  /** The chats whose logs it follows and whose rooms it is in. */
  chats: Map<UUID, MemberChat>
  /** Unix milliseconds; a renewed token moves it. */
  expiresAt: number
  /** The token that was last shown, in Unix milliseconds: a later revocation of the user ends it. */
  issuedAt: number
  /** The client was told that its token ends soon. */
  isWarned: boolean
  /** Takes several messages of a chat as one `messages` event. */
  readonly isBatch: boolean
  /** A client of the seeds' documents: it never says what it has stored. */
  readonly isPlain: boolean
  /** Unix milliseconds. */
  readonly connectedAt: number
  /** When it was last told heads, on the monotonic clock. */
  headsAt: number
  /** Its buffer was too long when it was last looked at. */
  isSlow: boolean
  /** Since when it is shown nothing but heads, on the monotonic clock; it is in no room meanwhile. */
  laggingSince: number | undefined
  /** It has left; nothing of it may be kept alive any more. */
  isGone: boolean
}

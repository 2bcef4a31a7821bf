import type { Membership, UUID } from '@sup/types'
import type { Socket } from './io.js'

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

/** Whoever is connected to this node. */
export type Connections = {
  /** The person of this account, kept until it is released as often. */
  retain(userId: UUID): Person
  release(person: Person): void
  /** The person of this account, if known here. */
  find(userId: UUID): Person | undefined
  add(connection: Connection): void
  remove(connection: Connection): void
  all(): IterableIterator<Connection>
  count(): number
}

export function createConnections(): Connections {
  const people = new Map<UUID, Person>()
  const connections = new Set<Connection>()
  return {
    retain(userId) {
      const person = people.get(userId) ?? newPerson(userId)
      person.users += 1
      people.set(userId, person)
      return person
    },
    release(person) {
      person.users -= 1
      if (person.users === 0) people.delete(person.userId)
    },
    find: (userId) => people.get(userId),
    add(connection) {
      connection.person.connections.add(connection)
      connections.add(connection)
    },
    remove(connection) {
      connection.isGone = true
      connection.person.connections.delete(connection)
      connections.delete(connection)
    },
    all: () => connections.values(),
    count: () => connections.size,
  }
}

const newPerson = (userId: UUID): Person => ({
  userId,
  connections: new Set(),
  typingVisible: true,
  receiptsVisible: true,
  generation: 0,
  users: 0,
})

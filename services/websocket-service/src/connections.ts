import type { UUID } from '@sup/types'
import type { Connection, Person } from './io.js'

export type { Connection, MemberChat, Person } from './io.js'

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

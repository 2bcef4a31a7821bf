import { LIMITS } from '@sup/types'
import { enterRooms } from '../../chat-rooms.js'
import { closeSocket } from '../../close-socket.js'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'
import type { Socket } from '../../io.js'
import { firstHeads } from '../sync/public.js'
import type { Greeting } from './handshake.js'
import { type Prepared, discard } from './prepare-connection.js'

type Needed = Needs<
  | 'config'
  | 'clock'
  | 'node'
  | 'eventLimit'
  | 'connections'
  | 'memberships'
  | 'followers'
  | 'presence'
  | 'typing'
  | 'metrics'
  | 'revocations'
>

/**
 * Turns a socket into a connection: it enters its rooms and is told who it is and where its streams begin,
 * all in one turn of the event loop, so that no entry is lost or doubled between `heads` and the stream.
 */
export function openConnection(
  needs: Needed,
  socket: Socket,
  prepared: Prepared,
  greeting: Greeting,
): void {
  const connection = makeConnection(needs, socket, prepared, greeting)
  const { person } = connection
  if (needs.revocations.isRevoked(prepared.token)) {
    discard(needs, prepared)
    closeSocket(socket, 'SESSION_REVOKED', needs.metrics)
    return
  }
  person.typingVisible = prepared.typingVisible
  person.receiptsVisible = prepared.receiptsVisible
  socket.data.connection = connection
  needs.connections.add(connection)
  enterRooms(connection)
  sayAuthenticated(needs, connection, prepared.epoch)
  socket.emit('heads', firstHeads(needs, connection, prepared.epoch, greeting))

  socket.once('disconnect', () => {
    endConnection(needs, connection)
  })
  closeOldest(needs, connection)
  needs.presence.set(connection, 'online')
  // Something was heard since the memberships were asked for.
  if (person.generation !== prepared.generation) needs.memberships.refresh(person.userId)
}

/** Says who the connection is: after the handshake, and again after each renewal. */
export function sayAuthenticated(
  { clock, node, eventLimit }: Needs<'clock' | 'node' | 'eventLimit'>,
  { socket, userId, deviceId, sessionId }: Connection,
  epoch: string,
): void {
  socket.emit('authenticated', {
    userId,
    deviceId,
    sessionId,
    epoch,
    serverTime: clock.now().toISOString(),
    nodeId: node.id,
    limits: { eventsPerSecond: eventLimit.perSecond, maxPayload: LIMITS.socketPayloadBytes },
  })
}

function makeConnection(
  { clock }: Needed,
  socket: Socket,
  { token, person, chats }: Prepared,
  { batch, protocol }: Greeting,
): Connection {
  const { userId, sessionId, deviceId, expiresAt, issuedAt } = token
  return {
    socket,
    person,
    userId,
    sessionId,
    deviceId,
    chats,
    expiresAt,
    issuedAt,
    isWarned: false,
    isBatch: batch === true,
    isPlain: protocol === undefined,
    connectedAt: clock.now().getTime(),
    headsAt: performance.now(),
    isSlow: false,
    laggingSince: undefined,
    isGone: false,
  }
}

function endConnection(needs: Needed, connection: Connection): void {
  needs.connections.remove(connection)
  needs.typing.end(connection)
  needs.presence.left(connection)
  discard(needs, connection)
}

/** On this node; over all nodes, presence knows who is too many. */
function closeOldest({ config, metrics }: Needed, { person }: Connection): void {
  const surplus = person.connections.size - config.WS_MAX_CONNECTIONS_PER_USER
  // A set keeps the order in which its members came.
  for (const oldest of [...person.connections].slice(0, Math.max(0, surplus))) {
    closeSocket(oldest.socket, 'TOO_MANY_CONNECTIONS', metrics)
  }
}

import { AppError } from '@sup/service-kit/http'
import { type Ack, authenticateEvent, unauthorized } from '@sup/types'
import { closeSocket } from '../../close-socket.js'
import type { Connection } from '../../connections.js'
import type { Deps, Needs } from '../../deps.js'
import type { Socket } from '../../io.js'
import { readGreeting } from './handshake.js'
import { openConnection, sayAuthenticated } from './open-connection.js'
import { discard, prepareConnection } from './prepare-connection.js'
import { type VerifiedToken, verifyToken } from './verify-token.js'

type Answer = Omit<Ack<typeof authenticateEvent>, 'ok'>

/**
 * Authenticates a connection that was made without a token, or confirms or renews the token of one that has
 * one already: it then lives until the new token ends.
 *
 * @throws AppError for a bad token; `UNAUTHORIZED`, and the connection is closed, for a payload without token
 *   or one of another user or session: an id alone proves nothing.
 */
export async function authenticate(deps: Deps, socket: Socket, payload: unknown): Promise<Answer> {
  const parsed = authenticateEvent.payload.safeParse(payload)
  if (!parsed.success) throw refuse(deps, socket)
  const token = verifyToken(deps, parsed.data.token)
  const { connection } = socket.data
  if (connection) renew(deps, connection, token)
  else await openHeld(deps, socket, token)
  return { userId: token.userId, expiresAt: new Date(token.expiresAt).toISOString() }
}

function renew(deps: Deps, connection: Connection, token: VerifiedToken): void {
  if (token.userId !== connection.userId || token.sessionId !== connection.sessionId) {
    throw refuse(deps, connection.socket)
  }
  connection.expiresAt = token.expiresAt
  connection.issuedAt = token.issuedAt
  connection.isWarned = false
  sayAuthenticated(deps, connection, deps.node.epoch)
}

async function openHeld(deps: Deps, socket: Socket, token: VerifiedToken): Promise<void> {
  const prepared = await prepareConnection(deps, token, socket)
  // It may have left, been closed for its time, or have asked twice.
  if (!socket.connected || socket.data.connection) {
    discard(deps, prepared)
    throw new AppError(unauthorized)
  }
  deps.strangers.release(socket)
  openConnection(deps, socket, prepared, readGreeting(socket))
}

/** The refusal goes out first, then the connection ends. */
function refuse({ metrics }: Needs<'metrics'>, socket: Socket): AppError {
  setImmediate(() => {
    closeSocket(socket, 'IDENTITY_MISMATCH', metrics)
  })
  return new AppError(unauthorized)
}

import type { Needs } from '../../deps.js'
import { takeEvent } from '../../event-rate.js'
import type { Socket } from '../../io.js'
import { rateLimitedHandshake, unavailableHandshake } from './connect-error.js'
import { type Greeting, readGreeting } from './handshake.js'
import { type Prepared, prepareConnection } from './prepare-connection.js'
import { verifyToken } from './verify-token.js'

const STRANGER_RETRY_MS = 10_000

/**
 * Decides about a handshake.
 *
 * @returns What the connection is to be made of; nothing for a socket without a token, which may stay as a
 *   stranger.
 * @throws ConnectError, or AppError of the token or of main-api, when it is refused.
 */
export async function admit(
  needs: Needs<
    | 'config'
    | 'clock'
    | 'node'
    | 'revocations'
    | 'handshakes'
    | 'strangers'
    | 'memberships'
    | 'followers'
    | 'admissions'
  >,
  socket: Socket,
): Promise<{ prepared: Prepared; greeting: Greeting } | undefined> {
  const { node, revocations, handshakes, strangers, clock } = needs
  // While it is not known what has ended, nobody is let in.
  if (node.isDraining || !revocations.isFresh()) throw unavailableHandshake()
  const verdict = takeEvent(handshakes.rate, handshakes.limit, clock.now().getTime())
  if (!verdict.isAllowed) throw rateLimitedHandshake(verdict.retryAfterMs)

  const greeting = readGreeting(socket)
  if (greeting.token !== undefined) {
    const token = verifyToken(needs, greeting.token)
    return { prepared: await prepareConnection(needs, token, socket), greeting }
  }
  if (!strangers.hasRoomFor(socket)) throw rateLimitedHandshake(STRANGER_RETRY_MS)
  return undefined
}

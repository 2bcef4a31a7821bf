import { authenticateEvent } from '@sup/types'
import type { Deps } from '../../deps.js'
import type { Socket } from '../../io.js'
import { type Route, onAnySocket } from '../../router.js'
import { admit } from './admit-socket.js'
import { authenticate } from './authenticate.js'
import { type ConnectError, toConnectError, unavailableHandshake } from './connect-error.js'
import { endRevoked } from './end-revoked.js'
import type { Greeting } from './handshake.js'
import { openConnection } from './open-connection.js'
import { type Prepared, discard } from './prepare-connection.js'

/** The events of this feature. */
export const sessionRoutes = (deps: Deps): Route[] => [
  onAnySocket(authenticateEvent, (socket, payload) => authenticate(deps, socket, payload)),
]

type Pending = { prepared: Prepared; greeting: Greeting }

/** Carries out revocations, checks every handshake, and opens the connections that pass; the others are held as strangers. */
export function mountSessions(deps: Deps): void {
  const { io, strangers } = deps
  const pending = new WeakMap<Socket, Pending>()
  deps.revocations.onRevocation((revocation) => {
    endRevoked(deps, revocation)
  })

  io.use((socket, next) => {
    void decide(deps, socket).then((verdict) => {
      if (verdict instanceof Error) next(verdict)
      else {
        if (verdict) keepUntilOpen(deps, pending, socket, verdict)
        next()
      }
    })
  })
  io.on('connection', (socket) => {
    const ready = pending.get(socket)
    pending.delete(socket)
    if (ready) openConnection(deps, socket, ready.prepared, ready.greeting)
    else strangers.hold(socket)
  })
}

/** @returns What the connection is made of, why it is refused, or nothing for a stranger. */
async function decide(deps: Deps, socket: Socket): Promise<Pending | ConnectError | undefined> {
  const { metrics, log } = deps
  try {
    const ready = await admit(deps, socket)
    metrics.handshakes.inc({ result: 'ok' })
    return ready
  } catch (err) {
    const known = toConnectError(err)
    if (!known) log.error('A handshake failed', { err })
    const refusal = known ?? unavailableHandshake()
    metrics.handshakes.inc({ result: refusal.message })
    return refusal
  }
}

/** Socket.IO says nothing when the transport ends between the handshake and the connection. */
function keepUntilOpen(
  deps: Deps,
  pending: WeakMap<Socket, Pending>,
  socket: Socket,
  ready: Pending,
): void {
  const giveBack = (): void => {
    if (pending.delete(socket)) discard(deps, ready.prepared)
  }
  pending.set(socket, ready)
  if (socket.conn.readyState === 'open') socket.conn.once('close', giveBack)
  else giveBack()
}

import type { Clock } from '@sup/service-kit/clock'
import { closeSocket } from '../../close-socket.js'
import type { Connection, Connections } from '../../connections.js'
import type { SocketMetrics } from '../../socket-metrics.js'

const LOOK_MS = 1000
/** How long before its end a client is told that its token ends. */
const WARN_MS = 60_000

type ExpiryNeeds = { connections: Connections; clock: Clock; metrics: SocketMetrics }

/** Closes connections whose token has ended, and warns those whose token ends soon. */
export function createExpiryLoop(needs: ExpiryNeeds): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const now = needs.clock.now().getTime()
    for (const connection of [...needs.connections.all()]) check(needs, connection, now)
  }
  return {
    start() {
      timer = setInterval(look, LOOK_MS)
    },
    stop() {
      clearInterval(timer)
    },
  }
}

function check({ metrics }: ExpiryNeeds, connection: Connection, now: number): void {
  const { socket, expiresAt } = connection
  if (expiresAt <= now) {
    closeSocket(socket, 'TOKEN_EXPIRED', metrics)
  } else if (expiresAt - now <= WARN_MS && !connection.isWarned) {
    connection.isWarned = true
    socket.emit('token_expiring', { expiresAt: new Date(expiresAt).toISOString() })
  }
}

import { enterRooms, leaveRooms } from '../../chat-rooms.js'
import { closeSocket } from '../../close-socket.js'
import type { Connection, Connections } from '../../connections.js'
import { bufferedBytes, bufferedPackets } from '../../engine.js'
import type { SocketMetrics } from '../../socket-metrics.js'

const LOOK_MS = 250
const MOST_PACKETS = 256
const MOST_BYTES = 1024 * 1024
const TOO_MANY_BYTES = 4 * 1024 * 1024
const LONGEST_MS = 20_000
/** A buffer this short has caught up. */
const CAUGHT_UP_BYTES = 64 * 1024

export type LagNeeds = {
  connections: Connections
  metrics: SocketMetrics
  /** A connection has caught up: it is told what moved meanwhile. */
  onCaughtUp: (connection: Connection) => void
}

/**
 * Keeps slow clients from filling this node's memory: whoever does not read what it is sent is shown nothing
 * but heads until it has caught up, and is cut off when it does not.
 */
export function createLagLoop(needs: LagNeeds): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    const now = performance.now()
    for (const connection of [...needs.connections.all()]) judge(needs, connection, now)
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

function judge(needs: LagNeeds, connection: Connection, now: number): void {
  const { conn } = connection.socket
  const packets = bufferedPackets(conn)
  const bytes = bufferedBytes(conn)
  const laggingFor = now - (connection.laggingSince ?? now)
  if (bytes > TOO_MANY_BYTES || laggingFor > LONGEST_MS) {
    closeSocket(connection.socket, 'SLOW_CONSUMER', needs.metrics)
  } else if (connection.laggingSince === undefined) {
    judgeHealthy(connection, packets > MOST_PACKETS || bytes > MOST_BYTES, now)
  } else if (packets === 0 && bytes < CAUGHT_UP_BYTES) {
    connection.laggingSince = undefined
    connection.isSlow = false
    enterRooms(connection)
    needs.onCaughtUp(connection)
  }
}

/** Once may be a burst that was written this very moment; a healthy client has read it by the next look. */
function judgeHealthy(connection: Connection, isSlow: boolean, now: number): void {
  if (isSlow && connection.isSlow) {
    connection.laggingSince = now
    // What moved since the last heads, too, may be among what it has not read.
    leaveRooms(connection)
  }
  connection.isSlow = isSlow
}

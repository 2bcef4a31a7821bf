import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeSocket } from './close-socket.js'
import type { Io, Socket } from './io.js'
import type { SocketMetrics } from './socket-metrics.js'

const SLICE = 200
const SLICE_PAUSE_MS = 50
/** The other nodes take up about this many a second. */
const MS_PER_SOCKET = 5
const LONGEST_MS = 5000

type DrainNeeds = { io: Io; metrics: SocketMetrics }

/**
 * Sends every client to another node, each at a moment of its own, so that the other nodes are not hit by all
 * at once. A client that does not know `drain` loses its transport at that moment and comes back by itself.
 */
export async function drainSockets({ io, metrics }: DrainNeeds): Promise<void> {
  const sockets = [...io.sockets.sockets.values()]
  const spreadMs = Math.min(LONGEST_MS, sockets.length * MS_PER_SOCKET)
  await Promise.all(sockets.map((socket, i) => sendAway(socket, i, { spreadMs, metrics })))
}

async function sendAway(
  socket: Socket,
  index: number,
  { spreadMs, metrics }: { spreadMs: number; metrics: SocketMetrics },
): Promise<void> {
  await sleep(Math.floor(index / SLICE) * SLICE_PAUSE_MS)
  const reconnectInMs = randomInt(0, spreadMs + 1)
  socket.emit('drain', { reconnectInMs })
  await sleep(reconnectInMs)
  closeSocket(socket, 'DRAIN', metrics)
}

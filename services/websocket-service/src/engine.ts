import type { Conn } from './io.js'

// Engine.IO does not type what lies below a connection; these functions are the only ones that look there.

type TcpSocket = { cork(): void; uncork(): void; destroyed: boolean }
type WebSocket = { bufferedAmount: number; terminate(): void }
type Transport = Conn['transport']

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isWebSocket = (value: unknown): value is WebSocket =>
  isObject(value) && 'bufferedAmount' in value && 'terminate' in value

const isTcpSocket = (value: unknown): value is TcpSocket =>
  isObject(value) && 'cork' in value && 'uncork' in value

/** The WebSocket of a transport; a polling transport has none. */
function webSocketOf(transport: unknown): WebSocket | undefined {
  const socket = isObject(transport) && 'socket' in transport ? transport.socket : undefined
  return isWebSocket(socket) ? socket : undefined
}

/** Events that wait for the transport to become writable. */
export const bufferedPackets = (conn: Conn): number => waitingPackets(conn).length

/** Bytes that wait: those of the events, and those that the network has not taken. */
export function bufferedBytes(conn: Conn): number {
  let bytes = webSocketOf(conn.transport)?.bufferedAmount ?? 0
  for (const packet of waitingPackets(conn)) {
    const data = isObject(packet) && 'data' in packet ? packet.data : undefined
    // Counting UTF-16 units is exact enough for a limit, and costs nothing.
    if (typeof data === 'string') bytes += data.length
  }
  return bytes
}

function waitingPackets(conn: object): readonly unknown[] {
  const waiting: unknown = 'writeBuffer' in conn ? conn.writeBuffer : undefined
  return Array.isArray(waiting) ? waiting : []
}

/** Cuts the connection without waiting for the other side, whose buffers are what is full. */
export function terminate(conn: Conn): void {
  const socket = webSocketOf(conn.transport)
  conn.close(true)
  socket?.terminate()
}

/**
 * Makes a flush of several packets one write to the kernel instead of one each.
 * It must be called for every transport of a connection: a socket that began by polling gets another.
 */
export function corkWrites(transport: Transport): void {
  const socket = webSocketOf(transport)
  const tcp: unknown = isObject(socket) && '_socket' in socket ? socket._socket : undefined
  if (!isTcpSocket(tcp)) return
  const send = transport.send.bind(transport)
  transport.send = (packets) => {
    if (packets.length < 2) {
      send(packets)
      return
    }
    tcp.cork()
    try {
      send(packets)
    } finally {
      tcp.uncork()
    }
  }
}

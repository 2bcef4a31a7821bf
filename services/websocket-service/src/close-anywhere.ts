import { closeSocket } from './close-socket.js'
import type { CloseOrder, Io } from './io.js'
import type { Node } from './node.js'
import type { SocketMetrics } from './socket-metrics.js'

type Needed = { io: Io; node: Node; metrics: SocketMetrics }

/** Closes a socket of this node or has another node close its own; the order may be lost. */
export function closeAnywhere(needs: Needed, order: CloseOrder): void {
  if (order.nodeId === needs.node.id) closeHere(needs, order)
  else needs.io.serverSideEmit('close-socket', order)
}

/** Carries out an order, if it is for this node. */
export function closeHere({ io, node, metrics }: Needed, order: CloseOrder): void {
  const socket = order.nodeId === node.id ? io.sockets.sockets.get(order.socketId) : undefined
  if (socket) closeSocket(socket, order.code, metrics)
}

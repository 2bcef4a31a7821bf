import { closeSocket } from '../../close-socket.js'
import type { Socket } from '../../io.js'
import type { SocketMetrics } from '../../socket-metrics.js'

/** How long a connection without a token may stay. */
const HOLD_MS = 10_000
const MOST_PER_ADDRESS = 100

/**
 * Holds the connections that came without a token: in no room, heard in nothing but `authenticate`, closed
 * after ten seconds, and at most a hundred from one address.
 */
export class Strangers {
  readonly #counts = new Map<string, number>()
  readonly #held = new Map<Socket, { address: string; timer: NodeJS.Timeout }>()
  readonly #addressOf: (socket: Socket) => string
  readonly #metrics: SocketMetrics

  constructor(needs: { addressOf: (socket: Socket) => string; metrics: SocketMetrics }) {
    this.#addressOf = needs.addressOf
    this.#metrics = needs.metrics
  }

  /** Whether this address may have one more. */
  hasRoomFor(socket: Socket): boolean {
    return (this.#counts.get(this.#addressOf(socket)) ?? 0) < MOST_PER_ADDRESS
  }

  hold(socket: Socket): void {
    const address = this.#addressOf(socket)
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1)
    const timer = setTimeout(() => {
      closeSocket(socket, 'UNAUTHORIZED', this.#metrics)
    }, HOLD_MS)
    this.#held.set(socket, { address, timer })
    socket.once('disconnect', () => {
      this.release(socket)
    })
  }

  /** It has shown a token, or has left. */
  release(socket: Socket): void {
    const held = this.#held.get(socket)
    if (!held) return
    this.#held.delete(socket)
    clearTimeout(held.timer)
    const rest = (this.#counts.get(held.address) ?? 1) - 1
    if (rest > 0) this.#counts.set(held.address, rest)
    else this.#counts.delete(held.address)
  }
}

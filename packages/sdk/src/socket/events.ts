import type { Payload, serverEvents } from '@sup/types'

type ServerEvent = (typeof serverEvents)[number]

/** What the server may send, by name. */
export type ServerPayloads = { [E in ServerEvent as E['name']]: Payload<E> }

/** One event as it comes from the socket. */
export type ServerMessage = {
  [K in keyof ServerPayloads]: { name: K; payload: ServerPayloads[K] }
}[keyof ServerPayloads]

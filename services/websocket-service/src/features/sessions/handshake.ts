import { SocketHandshake } from '@sup/types'
import type { Socket } from '../../io.js'

/** What a client says in its handshake. */
export type Greeting = Omit<SocketHandshake, 'token'> & {
  /** Absent when there is none at all; a token of the wrong form is an empty text, which verifies as nothing. */
  token: string | undefined
}

/**
 * Reads what a client says in its handshake. Members of the wrong form count as absent, except the token:
 * the seeds' clients send all kinds of things, and who wants to be somebody must prove it.
 */
export function readGreeting({ handshake }: Socket): Greeting {
  const auth: Readonly<Record<string, unknown>> = handshake.auth
  const shape = SocketHandshake.shape
  const protocol = shape.protocol.safeParse(auth['protocol'])
  const batch = shape.batch.safeParse(auth['batch'])
  const heads = shape.heads.safeParse(auth['heads'])
  const epoch = shape.epoch.safeParse(auth['epoch'])
  return {
    token: tokenOf(auth['token'], handshake.headers.authorization),
    ...(protocol.data === undefined ? {} : { protocol: protocol.data }),
    ...(batch.data === undefined ? {} : { batch: batch.data }),
    ...(heads.data === undefined ? {} : { heads: heads.data }),
    ...(epoch.data === undefined ? {} : { epoch: epoch.data }),
  }
}

function tokenOf(given: unknown, header: string | undefined): string | undefined {
  if (typeof given === 'string' && given !== '') return given
  if (given !== undefined && given !== null && given !== '') return ''
  if (header === undefined) return undefined
  return /^bearer +(.+)$/i.exec(header)?.[1]?.trim() ?? ''
}

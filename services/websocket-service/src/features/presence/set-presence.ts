import type { Payload, presenceEvent } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'
import type { NoAnswer } from '../../router.js'

/** Sets the status of one connection; its user shows the best of all connections. */
export function setPresence(
  { presence }: Needs<'presence'>,
  connection: Connection,
  { status }: Payload<typeof presenceEvent>,
): NoAnswer {
  presence.set(connection, status)
  return {}
}

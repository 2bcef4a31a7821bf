import { LIMITS, messageEvent, sendMessage } from '@sup/types'
import { utf8 } from '../base/bytes.js'
import type { Call } from '../http/call.js'
import type { Connection } from '../socket/connection.js'
import type { SendBody, Stored } from './entry.js'

/** One attempt to store a message on the server. @throws SupError, the reason of the signal. */
export type Deliver = (body: SendBody, signal: AbortSignal) => Promise<Stored>

/** By the socket while there is one, by REST otherwise and when the message is too long for a frame. */
export function createDeliver(needs: {
  call: Call
  connection: Pick<Connection, 'isOnline' | 'request'>
}): Deliver {
  return async (body, signal) => {
    const bytes = utf8(JSON.stringify(body)).length
    if (needs.connection.isOnline() && bytes <= LIMITS.sendByRestAboveBytes) {
      return needs.connection.request(messageEvent, body)
    }
    const { data } = await needs.call(sendMessage, { body }, { signal, attempts: 1 })
    return data
  }
}

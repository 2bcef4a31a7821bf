import type { Ack, Payload, messageEvent } from '@sup/types'
import { randomUUID } from 'node:crypto'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'
import { remoteFailure } from '../../remote-failure.js'

/**
 * Sends a message on behalf of a connection; it is stored and has its place in the chat when this returns.
 *
 * A client of the seeds' documents gives no id. It gets one here, so that at least the way from here to
 * main-api may be tried twice.
 *
 * @throws AppError with the code main-api refused the message for; `SERVICE_UNAVAILABLE` when it is not known
 *   whether the message was stored: then the client repeats it with the same `clientMessageId`.
 */
export async function sendMessage(
  { sends, followers, metrics }: Needs<'sends' | 'followers' | 'metrics'>,
  connection: Connection,
  payload: Payload<typeof messageEvent>,
): Promise<Omit<Ack<typeof messageEvent>, 'ok'>> {
  const startedAt = performance.now()
  const message = { ...payload, clientMessageId: payload.clientMessageId ?? randomUUID() }
  const result = await sends.send(connection, message)
  if (!result.ok) throw remoteFailure(result)
  metrics.accept.observe((performance.now() - startedAt) / 1000)
  const { id, clientMessageId, chatId, seq, createdAt, duplicate } = result
  // The publication may have been lost on its way here; the answer proves that there is something.
  followers.expect(chatId, seq)
  return { id, clientMessageId, chatId, seq, createdAt, duplicate }
}

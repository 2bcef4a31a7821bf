import { type Ack, type Payload, type syncEvent, sync, syncChats } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'

/**
 * Answers what a client missed, since a cursor or in named chats, as `GET` and `POST /api/v1/sync` do. Only
 * some are asked for at once: after an outage everybody comes with the same question.
 *
 * @throws AppError as those endpoints; QueueFullError when the line is too long.
 */
export async function syncSocket(
  { mainApi, syncs }: Needs<'mainApi' | 'syncs'>,
  { userId, deviceId }: Connection,
  payload: Payload<typeof syncEvent>,
): Promise<Omit<Ack<typeof syncEvent>, 'ok'>> {
  const who = { onBehalfOf: userId, onBehalfDevice: deviceId }
  const { chats, limit, cursor, window } = payload
  const body = chats && { chats, ...(limit === undefined ? {} : { limit }) }
  const query = {
    ...(cursor === undefined ? {} : { cursor }),
    ...(limit === undefined ? {} : { limit }),
    ...(window === undefined ? {} : { window }),
  }
  const page = await syncs.run(() =>
    body
      ? mainApi.callInternal(syncChats, { body, ...who, isIdempotent: true })
      : mainApi.callInternal(sync, { query, ...who }),
  )
  return { page }
}

import { LIMITS, type Payload, type UUID, type heads as headsEvent } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Followers } from '../messages/public.js'

export type HeadsPayload = Payload<typeof headsEvent>

/** What a client claims to have, and the database its claims are about. */
export type Claims = {
  heads?: Readonly<Record<UUID, number>> | undefined
  epoch?: UUID | undefined
}

type Needed = { followers: Pick<Followers, 'positionOf'> }

/**
 * The heads told at connect: of the latest active chats, which main-api lists first, or just of those where
 * the client is not at the head. Each is where the stream of this socket begins, so a client that holds
 * everything up to it misses nothing.
 */
export function firstHeads(
  needs: Needed,
  connection: Connection,
  epoch: UUID,
  claims: Claims,
): HeadsPayload {
  const isSameLog = claims.epoch === undefined || claims.epoch === epoch
  const claimed = isSameLog ? claims.heads : undefined
  const chatIds = [...connection.chats.keys()].filter(
    (chatId) => claimed?.[chatId] !== needs.followers.positionOf(chatId) || claimed === undefined,
  )
  return chatHeads(needs, epoch, chatIds)
}

/** The heads of these chats, at most 200 of them. */
export function chatHeads(
  { followers }: Needed,
  epoch: UUID,
  chatIds: readonly UUID[],
): HeadsPayload {
  const heads: Record<UUID, number> = {}
  for (const chatId of chatIds.slice(0, LIMITS.headsPerEvent)) {
    const position = followers.positionOf(chatId)
    if (position !== undefined) heads[chatId] = position
  }
  return { epoch, heads, more: chatIds.length > LIMITS.headsPerEvent }
}

import { unavailable } from '@sup/service-kit/http'
import type { UUID } from '@sup/types'
import type { MemberChat, Person } from '../../connections.js'
import type { Needs } from '../../deps.js'
import type { Socket } from '../../io.js'
import { basesOf, chatsOf } from './memberships.js'
import type { VerifiedToken } from './verify-token.js'

/** Everything that a socket needs to become a connection in one turn of the event loop. */
export type Prepared = {
  token: VerifiedToken
  person: Person
  /** Of the person when the memberships were asked for. */
  generation: number
  chats: Map<UUID, MemberChat>
  epoch: UUID
  typingVisible: boolean
  receiptsVisible: boolean
}

/**
 * Makes a connection possible: listens to what concerns the user, reads the memberships after that, and
 * follows every chat. What it holds is given back by `discard`.
 *
 * @throws AppError `NOT_FOUND` for an account that is gone, `SERVICE_UNAVAILABLE`; QueueFullError when too many
 *   come at once; then nothing is held.
 */
export function prepareConnection(
  needs: Needs<'memberships' | 'followers' | 'admissions'>,
  token: VerifiedToken,
  { conn }: Socket,
): Promise<Prepared> {
  return needs.admissions.run(() => {
    // Whoever did not wait for its turn is not worth the calls.
    if (conn.readyState !== 'open') throw unavailable(new Error('the client has left'))
    return prepare(needs, token)
  })
}

async function prepare(
  { memberships, followers }: Needs<'memberships' | 'followers'>,
  token: VerifiedToken,
): Promise<Prepared> {
  const person = await memberships.retain(token.userId)
  try {
    const { generation } = person
    const answer = await memberships.load(token.userId, token.deviceId)
    const chats = chatsOf(answer)
    await followers.follow(basesOf(chats))
    const { epoch, typingVisible, receiptsVisible } = answer
    return { token, person, generation, chats, epoch, typingVisible, receiptsVisible }
  } catch (err) {
    memberships.release(person)
    throw err
  }
}

/** Gives back what a prepared connection, or one that has ended, holds. */
export function discard(
  { memberships, followers }: Needs<'memberships' | 'followers'>,
  { person, chats }: Pick<Prepared, 'person' | 'chats'>,
): void {
  followers.unfollow(chats.keys())
  memberships.release(person)
}

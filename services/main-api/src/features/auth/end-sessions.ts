import { type Sql, outbox } from '@sup/service-kit/postgres'
import { type Revocation, sessionRevoked, userChannel } from '@sup/types'
import type { Needs } from '../../deps.js'
import { dropTokensOfSessions } from '../notifications/public.js'
import { hintRevocations, revocations } from '../revocations/public.js'
import { forgetSessions } from './session-cache.js'
import { type SessionFilter, sessionStore } from './session-store.js'

/** Sessions that ended in a transaction; announced after its commit. */
export type EndedSessions = { userId: string; sessionIds: string[]; revocations: Revocation[] }

/**
 * Ends live sessions of an account: their refresh tokens are dead at once, their access tokens within a
 * second on every node.
 *
 * @param tx The transaction of the change that ends them; `announceEnded` follows its commit.
 */
export async function endSessions(
  tx: Sql,
  { clock }: Needs<'clock'>,
  { userId, ...filter }: { userId: string } & SessionFilter,
): Promise<EndedSessions> {
  const ended = await sessionStore(tx).end(userId, clock.now().toISOString(), filter)
  const sessionIds = ended.map(({ id }) => id)
  await dropTokensOfSessions(tx, sessionIds)
  const written = await revocations(tx, { clock }).add(
    ...ended.map(({ id, deviceId }) => ({
      kind: 'session' as const,
      userId,
      sessionId: id,
      deviceId,
    })),
  )
  if (sessionIds.length > 0) {
    await outbox(tx).add(sessionRevoked.name, { key: userId, payload: { userId, sessionIds } })
  }
  return { userId, sessionIds, revocations: written }
}

/** Makes the end of sessions known at once, after the commit; never fails. */
export async function announceEnded(
  needs: Needs<'hints' | 'redis' | 'log'>,
  { userId, sessionIds, revocations: written }: EndedSessions,
): Promise<void> {
  await Promise.all([
    hintRevocations(needs, written),
    forgetSessions(needs, sessionIds),
    ...sessionIds.map((sessionId) =>
      needs.hints.publish(userChannel(userId), { type: 'revoked', sessionId }),
    ),
  ])
}

import type { Sql } from '@sup/service-kit/postgres'
import type { MailData, Output, runJob } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type MissedChat, digestStore } from './digest-store.js'
import { isMailOn, requestMail } from './request-mail.js'
import { makeUnsubscribeToken } from './unsubscribe-token.js'

const MOST_NAMED = 50

/**
 * Requests the digests that are due, one per account and day or week, in steps. Who missed nothing gets none, and
 * is asked again the next time. Safe to repeat, also by two at once.
 *
 * @returns How many accounts were dealt with, at most `limit`, and how many of the next step's are known.
 */
export async function requestDigests(
  needs: Needs<'config' | 'db' | 'clock' | 'log'>,
  { limit }: { limit: number },
): Promise<Output<typeof runJob>> {
  if (!isMailOn(needs)) return { done: 0, remaining: 0 }
  const at = needs.clock.now().toISOString()
  const due = await digestStore(needs.db).due(at, limit)
  for (const userId of due) {
    await needs.db.tx('digest', (tx) => requestDigest(tx, needs, { userId, at }))
  }
  const remaining = await digestStore(needs.db).due(at, limit)
  return { done: due.length, remaining: remaining.length }
}

async function requestDigest(
  tx: Sql,
  needs: Needs<'config' | 'log'>,
  { userId, at }: { userId: string; at: string },
): Promise<void> {
  const claimed = await digestStore(tx).claim(userId, at)
  if (!claimed) return
  const { since, ...recipient } = claimed
  const missed = await digestStore(tx).missed({ userId, since, at })
  if (missed.length === 0) return
  const { ENCRYPTION_KEY } = needs.config
  await requestMail(tx, needs, {
    kind: 'digest',
    recipient,
    data: {
      name: recipient.name,
      ...summarise(missed),
      unsubscribeToken: makeUnsubscribeToken(ENCRYPTION_KEY, { userId, kind: 'digest' }),
    },
  })
}

function summarise(
  missed: readonly MissedChat[],
): Pick<MailData<'digest'>, 'chats' | 'moreChats' | 'encryptedChats'> {
  const managed = missed.filter(({ isEncrypted }) => !isEncrypted)
  return {
    chats: managed.slice(0, MOST_NAMED).map(({ name, unread }) => ({ name: name ?? '', unread })),
    moreChats: Math.max(0, managed.length - MOST_NAMED),
    encryptedChats: missed.length - managed.length,
  }
}

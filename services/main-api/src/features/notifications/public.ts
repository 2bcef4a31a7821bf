import { type Sql, outbox } from '@sup/service-kit/postgres'
import { receiptRead } from '@sup/types'
import { type Reader, pushTokenStore } from './push-token-store.js'

/** Ends the pushes to sessions that end, in the same transaction. */
export async function dropTokensOfSessions(tx: Sql, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length > 0) await pushTokenStore(tx).deleteOfSessions(sessionIds)
}

/**
 * Has the pushes of what was read withdrawn from the other devices of its readers. Who has no other device with a
 * token costs a look into an index.
 *
 * @param tx      The transaction that moved the marks.
 * @param readers With the position that each has now read, one item per person and chat.
 */
export async function noteReads(
  tx: Sql,
  readers: readonly (Reader & { readSeq: number })[],
): Promise<void> {
  if (readers.length === 0) return
  const wanted = await pushTokenStore(tx).readersElsewhere(readers)
  const isWanted = new Set(wanted.map(({ userId, chatId }) => userId + chatId))
  await outbox(tx).addAll(
    readers
      .filter(({ userId, chatId }) => isWanted.has(userId + chatId))
      .map(({ userId, chatId, readSeq, deviceId }) => ({
        type: receiptRead.name,
        key: chatId,
        payload: { userId, chatId, readSeq, ...(deviceId === null ? {} : { deviceId }) },
      })),
  )
}

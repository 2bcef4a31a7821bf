import type { InternalClient } from '@sup/service-kit/http'
import { type UUID, readHeads } from '@sup/types'
import { Batcher } from './batcher.js'

/** Where the log of a chat ends; absent for a chat that main-api does not know. */
export type Head = { seq: number | undefined }

/** As many as `POST /internal/v1/heads` takes. */
const CHATS_PER_CALL = 1000
const MOST_WAITING = 200_000

/**
 * Reads heads of chats, those asked for at about the same time in one call.
 *
 * @param onEpoch Told the epoch of every answer: another one than before means that the database was restored.
 */
export function createHeadsReader(
  mainApi: InternalClient,
  onEpoch: (epoch: UUID) => void,
): Batcher<UUID, Head> {
  return new Batcher({
    maxItems: CHATS_PER_CALL,
    maxWaiting: MOST_WAITING,
    send: async (chatIds) => {
      const body = { chatIds: [...new Set(chatIds)] }
      const { epoch, heads } = await mainApi.callInternal(readHeads, { body, isIdempotent: true })
      onEpoch(epoch)
      return chatIds.map((chatId) => ({ seq: heads[chatId] }))
    },
  })
}

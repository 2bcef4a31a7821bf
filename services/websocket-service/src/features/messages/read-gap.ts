import type { InternalClient } from '@sup/service-kit/http'
import { LIMITS, type ServiceLogEntry, readEntries } from '@sup/types'
import type { ChatStream, LogItem } from './chat-stream.js'
import { toItem } from './read-chat-hint.js'

/** A longer gap is not streamed: its members are told the head and sync. */
const LONGEST_GAP = 2000

/**
 * Fetches what a stream misses and offers it the entries.
 *
 * @returns False when the gap is too long to be streamed.
 * @throws AppError when main-api cannot be asked, or does not know the chat.
 */
export async function readGap(mainApi: InternalClient, stream: ChatStream): Promise<boolean> {
  const claimed = stream.expected
  for (;;) {
    const { head, entries, hasMore } = await mainApi.callInternal(readEntries, {
      params: { chatId: stream.chatId },
      query: { after: stream.last, limit: LIMITS.syncPageMax },
    })
    if (head - stream.last > LONGEST_GAP) return false
    for (const item of itemsOf(entries)) stream.offer(item)
    if (hasMore && entries.length > 0 && stream.isBehind) continue
    stream.distrust(head, claimed)
    return true
  }
}

/**
 * Makes items of the entries of one answer. Of several entries about a message only the last carries it, so
 * an earlier one takes it from there: both then show the message as it is now.
 */
function itemsOf(entries: readonly ServiceLogEntry[]): LogItem[] {
  const messages = new Map(entries.map(({ messageId, message }) => [messageId, message] as const))
  for (const { messageId, message } of entries) if (message) messages.set(messageId, message)
  return entries.map(({ hiddenFor, ...entry }) => {
    if (entry.kind !== 'message' || entry.message) return toItem(entry, hiddenFor)
    const message = messages.get(entry.messageId)
    if (message) return toItem({ ...entry, message }, hiddenFor)
    // Erased together with its chat: the number stays, there is nothing to show.
    const { chatId, seq, entryId, at, hash } = entry
    return { seq, entry: { chatId, seq, kind: 'void', entryId, at, hash } }
  })
}

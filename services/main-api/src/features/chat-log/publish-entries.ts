import type { Hints } from '@sup/service-kit/hints'
import { type ChatHint, type LogEntry, chatChannel } from '@sup/types'

/** An entry that was committed, and for whom it must show as void. */
export type CommittedEntry = { entry: LogEntry; hiddenFor?: readonly string[] }

/**
 * Announces committed entries on their chats' channels, in order. Never fatal: whoever misses the hint
 * sees a gap in `seq`, or an old head, and fetches.
 */
export async function publishEntries(
  { hints }: { hints: Hints },
  entries: readonly CommittedEntry[],
): Promise<void> {
  for (const { entry, hiddenFor } of entries) {
    const hint: ChatHint = {
      type: 'entry',
      chatId: entry.chatId,
      seq: entry.seq,
      entry,
      ...(hiddenFor && hiddenFor.length > 0 ? { hiddenFor: [...hiddenFor] } : {}),
    }
    await hints.publish(chatChannel(entry.chatId), hint)
  }
}

import type { Caller } from '@sup/service-kit/http'
import type { Input, LogEntry, Output, removeReactions as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { appendEntry, publishEntries } from '../chat-log/public.js'
import { changeStore } from './change-store.js'
import { lockMessage } from './find-message.js'
import { readMessages } from './public.js'
import { reactionStore } from './reaction-store.js'

/** Takes back one own reaction, or all of them; what is not there counts as removed. */
export async function removeReactions(
  needs: Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>,
  { userId }: Caller,
  { params: { id }, query, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const wanted = query.emoji ?? query.emojiTag ?? body.emoji ?? body.emojiTag
  const { entries, hiddenFor } = await needs.db.tx('remove-reactions', async (tx) => {
    const { chat, row } = await lockMessage(tx, userId, id)
    const reactions = reactionStore(tx)
    const own = await reactions.own({ chatId: chat.id, id, userId })
    const entries: LogEntry[] = []
    for (const { key, emoji } of own.filter((r) => wanted === undefined || r.key === wanted)) {
      await reactions.remove({ chatId: chat.id, id, userId, key })
      const entry = await appendEntry({ tx, clock: needs.clock }, chat, {
        kind: 'reaction_removed',
        actorId: userId,
        messageId: id,
        data: { userId, ...(emoji === null ? { emojiTag: key } : { emoji }) },
      })
      await changeStore(tx).touch({ chatId: chat.id, id, seq: entry.seq })
      entries.push(entry)
    }
    const last = entries.at(-1)
    const message = last && (await readMessages({ sql: tx, ...needs }, userId, [id])).get(id)
    if (last && message) last.message = message
    return { entries, hiddenFor: row.hiddenFor ?? [] }
  })
  await publishEntries(
    needs,
    entries.map((entry) => ({ entry, hiddenFor })),
  )
  return { removed: entries.length }
}

import type { Caller } from '@sup/service-kit/http'
import type { Output, countUnread as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { chatStore } from './chat-store.js'

/** Unread totals over the chats that are neither muted nor archived. */
export async function countUnread(
  { db, clock }: Needs<'db' | 'clock'>,
  caller: Caller,
): Promise<Output<typeof contract>> {
  const store = chatStore(db)
  const ids = await store.counted({ userId: caller.userId, now: clock.now() })
  const totals = { chats: 0, messages: 0, mentions: 0 }
  for (const { my } of await store.read(caller, ids)) {
    if (!my || (my.unreadCount === 0 && !my.markedUnread)) continue
    totals.chats += 1
    totals.messages += my.unreadCount
    totals.mentions += my.mentionCount
  }
  return totals
}

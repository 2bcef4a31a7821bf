import { type Answer, type Caller, answer } from '@sup/service-kit/http'
import type { Input, Output, listChats as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { chatStore } from './chat-store.js'
import { readChats } from './read-chats.js'

/** Own chats, pinned first, then latest activity. */
export async function listChats(
  { db, config }: Needs<'db' | 'config'>,
  caller: Caller,
  { query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const store = chatStore(db)
  const offset = toOffset(query)
  const which = { userId: caller.userId, archived: query.archived, type: query.type ?? null }
  const total = await store.count(which)
  const ids = await store.list({ ...which, limit: query.limit, offset })
  const chats = await readChats({ sql: db, config }, caller, ids)
  return answer(
    ids.flatMap((id) => chats.get(id) ?? []),
    { meta: pageMeta(query, { offset, total, count: ids.length }) },
  )
}

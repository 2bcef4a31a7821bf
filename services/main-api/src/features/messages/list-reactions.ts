import { type Answer, type Caller, answer } from '@sup/service-kit/http'
import type { Input, Output, listReactions as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { readProfiles } from '../users/public.js'
import { toReaction } from './add-reaction.js'
import { findVisibleMessage } from './find-message.js'
import { reactionStore } from './reaction-store.js'

/** Who reacted how, newest first. */
export async function listReactions(
  { db }: Needs<'db'>,
  { userId }: Caller,
  { params: { id }, query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const { chatId } = await findVisibleMessage(db, userId, id)
  const store = reactionStore(db)
  const total = await store.count({ chatId, id })
  const offset = toOffset(query)
  const rows = await store.list({ chatId, id, limit: query.limit, offset })
  const profiles = await readProfiles(
    db,
    userId,
    rows.map((row) => row.userId),
  )
  const reactions = rows.flatMap((row) => {
    const user = profiles.get(row.userId)
    return user ? [{ ...toReaction({ chatId, id, userId: row.userId }, row), user }] : []
  })
  return answer(reactions, { meta: pageMeta(query, { offset, total, count: rows.length }) })
}

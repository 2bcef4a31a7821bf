import { type Answer, type Caller, answer } from '@sup/service-kit/http'
import type { Input, Output, listHeads as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { roundStore } from './round-store.js'

/** Newest position and digest of every own chat. */
export async function listHeads(
  { db }: Needs<'db'>,
  { userId }: Caller,
  { query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const store = roundStore(db)
  const offset = toOffset(query)
  const epoch = await store.epoch()
  const total = await store.countHeads(userId)
  const heads = await store.heads({ userId, limit: query.limit, offset })
  return answer({ epoch, heads }, { meta: pageMeta(query, { offset, total, count: heads.length }) })
}

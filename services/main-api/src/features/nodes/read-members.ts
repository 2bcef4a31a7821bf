import { AppError } from '@sup/service-kit/http'
import { type Input, type Output, type readMembers as contract, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { nodeStore } from './node-store.js'

const MAX_MEMBERS = 1000

/** Members of a chat, at most 1000 after an id, and who is hidden from whom by a block. */
export async function readMembers(
  { db }: Needs<'db'>,
  { params: { chatId }, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const store = nodeStore(db)
  const version = await store.chatVersion(chatId)
  if (version === undefined) throw new AppError(notFound)
  const after = query.after ?? null
  const memberIds = await store.members({ chatId, after, limit: MAX_MEMBERS })
  const hiddenPairs = await store.hiddenPairs(chatId)
  return { version: String(version), memberIds, ...(hiddenPairs.length > 0 ? { hiddenPairs } : {}) }
}

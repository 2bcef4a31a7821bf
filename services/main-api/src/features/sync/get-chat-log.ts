import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, type getChatLog as contract, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readChats } from '../chats/public.js'
import { PAGE_BYTES, readChatPage } from './read-chat-page.js'

/** Entries of one chat after a position; what lies before the member's base is not shown. */
export async function getChatLog(
  { db, config }: Needs<'db' | 'config'>,
  caller: Caller,
  { params: { id }, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const reading = { sql: db, config }
  const chat = (await readChats(reading, caller, [id])).get(id)
  if (!chat?.my || !chat.head) throw new AppError(notFound)
  const base = chat.my.base.seq
  const from = Math.min(Math.max(query.after ?? base, base), chat.head.seq)
  const slice = { chat, viewerId: caller.userId, from, limit: query.limit, bytes: PAGE_BYTES }
  const page = await readChatPage(reading, slice)
  const { to, entries, baseDigest } = page
  return { chatId: id, from, to, head: chat.head.seq, baseDigest, entries, hasMore: page.more }
}

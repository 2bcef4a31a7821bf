import type { Caller } from '@sup/service-kit/http'
import {
  type ChatPage,
  type Input,
  LIMITS,
  type Output,
  type syncChats as contract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { readChats } from '../chats/public.js'
import { PAGE_BYTES, readChatPage } from './read-chat-page.js'
import { roundStore } from './round-store.js'

/** Entries of named chats after the positions that the client has. */
export async function syncChats(
  { db, config, clock, metrics }: Needs<'db' | 'config' | 'clock' | 'metrics'>,
  caller: Caller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const reading = { sql: db, config }
  const epoch = await roundStore(db).epoch()
  const isStale = body.epoch !== undefined && body.epoch !== epoch
  metrics.syncPages.inc({ reset: String(isStale) })
  const known = await readChats(
    reading,
    caller,
    body.chats.map(({ chatId }) => chatId),
  )
  const left = { entries: body.limit ?? LIMITS.syncPageSize, bytes: PAGE_BYTES }
  const chats: ChatPage[] = []
  let hasMore = false
  for (const { chatId, after } of body.chats) {
    const chat = known.get(chatId)
    if (!chat?.my || !chat.head) continue
    if (left.entries <= 0 || left.bytes <= 0) {
      hasMore = true
      break
    }
    const from = Math.min(Math.max(after, chat.my.base.seq), chat.head.seq)
    const slice = { chat, viewerId: caller.userId, from, limit: left.entries, bytes: left.bytes }
    const { bytes, ...page } = await readChatPage(reading, slice)
    chats.push(page)
    left.entries -= page.entries.length
    left.bytes -= bytes
    hasMore ||= page.more
  }
  return {
    epoch,
    hasMore,
    reset: isStale,
    serverTime: clock.now().toISOString(),
    chats,
    receipts: [],
    unknown: body.chats.map(({ chatId }) => chatId).filter((id) => !known.get(id)?.my),
    account: [],
    deviceMessages: [],
  }
}

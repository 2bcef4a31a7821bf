import type { Caller } from '@sup/service-kit/http'
import { type ChatPage, LIMITS, type SyncPage } from '@sup/types'
import type { Reading } from '../../reading.js'
import { readChats } from '../chats/public.js'
import { type Cursor, encodeCursor } from './cursor.js'
import { PAGE_BYTES, readChatPage } from './read-chat-page.js'
import { type ActiveChat, roundStore } from './round-store.js'

/** The first page is small, so that the list shows at once. */
const CHATS_FIRST = 20
const CHATS_LATER = 50

export type Round = {
  caller: Caller
  round: Cursor
  limit: number
  window: number | undefined
}

type Page = Pick<SyncPage, 'cursor' | 'hasMore' | 'reset' | 'chats' | 'receipts' | 'account'>

/** A page of the round that a client without cursor takes: chats by activity, each with its newest entries. */
export async function readFirstPage(reading: Reading, of: Round): Promise<Page> {
  const { caller, round } = of
  const store = roundStore(reading.sql)
  const place = readPlace(round.k)
  const wanted = place ? CHATS_LATER : CHATS_FIRST
  const query = { userId: caller.userId, at: place?.at ?? null, chatId: place?.chatId ?? null }
  const active = await store.active({ ...query, limit: wanted + 1 })
  const { pages, taken } = await readWindows(reading, of, active.slice(0, wanted))
  const hasMore = taken < active.length
  const last = active[taken - 1]
  const receipts = await store.marks({
    userId: caller.userId,
    horizon: null,
    chatIds: pages.map(({ chat }) => chat.id),
    afterChat: null,
    afterUser: null,
    limit: LIMITS.membersWithReceipts * CHATS_LATER,
  })
  const next: Cursor =
    hasMore && last
      ? { ...round, k: `${last.activityAt} ${last.chatId}` }
      : { e: round.e, ...(round.n === undefined ? {} : { h: round.n }) }
  return { cursor: encodeCursor(next), hasMore, reset: true, chats: pages, receipts, account: [] }
}

async function readWindows(
  reading: Reading,
  { caller, window = LIMITS.syncWindow, limit }: Round,
  active: readonly ActiveChat[],
): Promise<{ pages: ChatPage[]; taken: number }> {
  const chats = await readChats(
    reading,
    caller,
    active.map(({ chatId }) => chatId),
  )
  const pages: ChatPage[] = []
  let [bytes, entries, taken] = [0, 0, 0]
  for (const { chatId, lastSeq, baseSeq } of active) {
    if (taken > 0 && (bytes >= PAGE_BYTES || entries >= limit)) break
    taken += 1
    const chat = chats.get(chatId)
    if (!chat) continue
    const from = Math.max(baseSeq, lastSeq - window)
    const slice = {
      chat,
      viewerId: caller.userId,
      from,
      limit: Math.max(window, 1),
      bytes: PAGE_BYTES,
    }
    const { bytes: size, ...page } = await readChatPage(reading, slice)
    pages.push(window === 0 ? { ...page, entries: [], to: from, more: false } : page)
    bytes += size
    entries += page.entries.length
  }
  return { pages, taken }
}

function readPlace(key: string | undefined): { at: string; chatId: string } | undefined {
  const [at, chatId] = key?.split(' ') ?? []
  return at !== undefined && chatId !== undefined ? { at, chatId } : undefined
}

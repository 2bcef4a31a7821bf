import type { Sql } from '@sup/service-kit/postgres'
import { type AccountChange, type Chat, LIMITS, type SyncPage } from '@sup/types'
import type { Reading } from '../../reading.js'
import { readChats } from '../chats/public.js'
import { readAccountChanges } from './account-page.js'
import { type Cursor, encodeCursor } from './cursor.js'
import type { Round } from './first-page.js'
import { logStore } from './log-store.js'
import { PAGE_BYTES, type Slice, readChatPage } from './read-chat-page.js'
import { type ChangedChat, roundStore } from './round-store.js'

type Of = Round & { horizon: string }
type Page = Pick<SyncPage, 'cursor' | 'hasMore' | 'reset' | 'chats' | 'receipts' | 'account'>

const CHATS_PER_PAGE = 200

/**
 * A page of a round that begins at a horizon: first the account, then the chats by id, then the marks of
 * others. The horizon of the next round was read before the first page of this one.
 */
export async function readChangedPage(reading: Reading, of: Of): Promise<Page> {
  const { sql } = reading
  const page: Page = { hasMore: true, reset: false, chats: [], receipts: [], account: [] }
  let round = of.round
  if (round.p === undefined || round.p === 'account') {
    const { changes, next } = await readAccountChanges(sql, { ...of, round })
    page.account.push(...changes)
    if (next) return { ...page, cursor: encodeCursor({ ...round, p: 'account', k: next }) }
    round = begin(round, 'chats')
  }
  if (round.p === 'chats') {
    const next = await readChangedChats(reading, { ...of, round }, page)
    if (next) return { ...page, cursor: encodeCursor({ ...round, k: next }) }
    round = begin(round, 'receipts')
  }
  const next = await readMarks(sql, { ...of, round }, page)
  if (next) return { ...page, cursor: encodeCursor({ ...round, k: next }) }
  const done: Cursor = { e: round.e, ...(round.n === undefined ? {} : { h: round.n }) }
  return { ...page, hasMore: false, cursor: encodeCursor(done) }
}

const begin = ({ k: _done, ...round }: Cursor, p: 'chats' | 'receipts'): Cursor => ({ ...round, p })

type Left = { entries: number; bytes: number }

const isSpent = ({ entries, bytes }: Left): boolean => entries <= 0 || bytes <= 0

/** Fills the page with chats; returns where the next page begins, if there is more. */
async function readChangedChats(reading: Reading, of: Of, page: Page): Promise<string | undefined> {
  const { sql } = reading
  const { caller, horizon, round } = of
  const place = placeOf(round)
  const query = { userId: caller.userId, horizon, from: place.chatId, limit: CHATS_PER_PAGE + 1 }
  const changed = await roundStore(sql).changed(query)
  const ids = changed.map(({ chatId }) => chatId)
  const chats = await readChats(reading, caller, ids)
  const left: Left = { entries: of.limit, bytes: PAGE_BYTES }
  for (const [i, row] of changed.entries()) {
    if (i === CHATS_PER_PAGE || isSpent(left)) return row.chatId
    const chat = chats.get(row.chatId)
    if (!chat) continue
    const isResumed = row.chatId === place.chatId && place.seq > 0
    if (!isResumed) page.account.push(...derivedChanges(row, chat))
    if (!row.hasEntries) continue
    const start = isResumed ? { from: place.seq } : await startOf(sql, of, row)
    const next = await addChat(reading, page, { chat, viewerId: caller.userId, ...start }, left)
    if (next !== undefined) return next
  }
  return undefined
}

/** The chat at which the page begins, and the position in its log when it goes on in the middle. */
function placeOf({ k = '' }: Cursor): { chatId: string | null; seq: number } {
  const [chatId, seq] = k.split(' ')
  return { chatId: chatId === '' || chatId === undefined ? null : chatId, seq: Number(seq ?? 0) }
}

/** Adds as much of a chat as the page takes; returns where the next page begins when that was not all. */
async function addChat(
  reading: Reading,
  page: Page,
  slice: Omit<Slice, 'limit' | 'bytes'>,
  left: Left,
): Promise<string | undefined> {
  const of = { ...slice, limit: left.entries, bytes: left.bytes }
  const { bytes, ...part } = await readChatPage(reading, of)
  page.chats.push(part)
  left.entries -= Math.max(part.entries.length, 1)
  left.bytes -= bytes
  return part.more ? `${slice.chat.id} ${String(part.to)}` : undefined
}

/** A membership and its marks are rows of their own: what changed of them is told from them. */
function derivedChanges(row: ChangedChat, chat: Chat): AccountChange[] {
  if (!chat.my) return []
  if (row.isNew) return [{ type: 'chat_added', chat, at: row.joinedAt }]
  if (!row.hasMarks) return []
  return [{ type: 'chat_state', chatId: chat.id, state: chat.my, at: chat.updatedAt }]
}

/** Where a chat's entries begin: after what the client knows, or at its window. */
async function startOf(
  sql: Sql,
  { horizon, window }: Of,
  row: ChangedChat,
): Promise<{ from: number; skippedTo?: number }> {
  const known = await logStore(sql).knownUpTo(row.chatId, horizon)
  const from = Math.max(known, row.baseSeq)
  const windowStart = window === undefined ? from : row.lastSeq - window
  return windowStart > from ? { from: windowStart, skippedTo: windowStart } : { from }
}

async function readMarks(sql: Sql, of: Of, page: Page): Promise<string | undefined> {
  const { caller, horizon, round } = of
  const [afterChat, afterUser] = round.p === 'receipts' ? (round.k?.split(' ') ?? []) : []
  const marks = await roundStore(sql).marks({
    userId: caller.userId,
    horizon,
    chatIds: null,
    afterChat: afterChat ?? null,
    afterUser: afterUser ?? null,
    limit: LIMITS.syncPageMax + 1,
  })
  page.receipts.push(...marks.slice(0, LIMITS.syncPageMax))
  const last = page.receipts.at(-1)
  return marks.length > LIMITS.syncPageMax && last ? `${last.chatId} ${last.userId}` : undefined
}

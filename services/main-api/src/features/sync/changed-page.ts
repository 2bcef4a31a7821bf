import type { Sql } from '@sup/service-kit/postgres'
import { type AccountChange, LIMITS, type SyncPage } from '@sup/types'
import { readChats } from '../chats/public.js'
import { readAccountChanges } from './account-page.js'
import { type Cursor, encodeCursor } from './cursor.js'
import type { Round } from './first-page.js'
import { logStore } from './log-store.js'
import { PAGE_BYTES, readChatPage } from './read-chat-page.js'
import { type ChangedChat, roundStore } from './round-store.js'

type Of = Round & { horizon: string }
type Page = Pick<SyncPage, 'cursor' | 'hasMore' | 'reset' | 'chats' | 'receipts' | 'account'>

const CHATS_PER_PAGE = 200

/**
 * A page of a round that begins at a horizon: first the account, then the chats by id, then the marks of
 * others. The horizon of the next round was read before the first page of this one.
 */
export async function readChangedPage(sql: Sql, of: Of): Promise<Page> {
  const page: Page = { hasMore: true, reset: false, chats: [], receipts: [], account: [] }
  let round = of.round
  if (round.p === undefined || round.p === 'account') {
    const { changes, next } = await readAccountChanges(sql, { ...of, round })
    page.account.push(...changes)
    if (next) return { ...page, cursor: encodeCursor({ ...round, p: 'account', k: next }) }
    round = begin(round, 'chats')
  }
  if (round.p === 'chats') {
    const next = await readChangedChats(sql, { ...of, round }, page)
    if (next) return { ...page, cursor: encodeCursor({ ...round, k: next }) }
    round = begin(round, 'receipts')
  }
  const next = await readMarks(sql, { ...of, round }, page)
  if (next) return { ...page, cursor: encodeCursor({ ...round, k: next }) }
  const done: Cursor = { e: round.e, ...(round.n === undefined ? {} : { h: round.n }) }
  return { ...page, hasMore: false, cursor: encodeCursor(done) }
}

const begin = ({ k: _done, ...round }: Cursor, p: 'chats' | 'receipts'): Cursor => ({ ...round, p })

/** Fills the page with chats; returns where the next page begins, if there is more. */
async function readChangedChats(sql: Sql, of: Of, page: Page): Promise<string | undefined> {
  const { caller, horizon, round } = of
  const [fromChat, fromSeq] = round.k?.split(' ') ?? []
  const query = {
    userId: caller.userId,
    horizon,
    from: fromChat ?? null,
    limit: CHATS_PER_PAGE + 1,
  }
  const changed = await roundStore(sql).changed(query)
  const chats = await readChats(
    sql,
    caller,
    changed.map(({ chatId }) => chatId),
  )
  const left = { entries: of.limit, bytes: PAGE_BYTES }
  for (const [i, row] of changed.entries()) {
    const isResumed = row.chatId === fromChat && fromSeq !== undefined
    if (i === CHATS_PER_PAGE || left.entries <= 0 || left.bytes <= 0) return row.chatId
    const chat = chats.get(row.chatId)
    if (!chat) continue
    if (!isResumed && chat.my) page.account.push(...derivedChanges(row, chat))
    if (!row.hasEntries) continue
    const start = isResumed ? { from: Number(fromSeq) } : await startOf(sql, of, row)
    const slice = {
      chat,
      viewerId: caller.userId,
      ...start,
      limit: left.entries,
      bytes: left.bytes,
    }
    const { bytes, ...part } = await readChatPage(sql, slice)
    page.chats.push(part)
    left.entries -= Math.max(part.entries.length, 1)
    left.bytes -= bytes
    if (part.more) return `${row.chatId} ${String(part.to)}`
  }
  return undefined
}

/** A membership and its marks are rows of their own: what changed of them is told from them. */
function derivedChanges(
  row: ChangedChat,
  chat: Parameters<typeof readChatPage>[1]['chat'],
): AccountChange[] {
  if (row.isNew) return [{ type: 'chat_added', chat, at: row.joinedAt }]
  if (!row.hasMarks || !chat.my) return []
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

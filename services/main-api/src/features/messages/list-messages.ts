import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type listMessages as contract,
  notFound,
  validationError,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { composeMessages } from './compose-messages.js'
import type { MessageRow } from './message-row.js'
import { type HistoryQuery, messageStore } from './message-store.js'

type Query = Input<typeof contract>['query']
type Store = ReturnType<typeof messageStore>
type Page = { rows: MessageRow[]; hasMoreBefore: boolean; hasMoreAfter: boolean }

/** A page of a chat's history, ascending by position; the newest one unless the query says otherwise. */
export async function listMessages(
  { db, config }: Needs<'db' | 'config'>,
  { userId }: Caller,
  { params: { chatId }, query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const store = messageStore(db)
  if (!(await store.isMember(chatId, userId))) throw new AppError(notFound)
  const base: HistoryQuery = {
    chatId,
    viewerId: userId,
    before: null,
    after: null,
    threadRootId: query.threadRootId ?? null,
    types: query.types ?? null,
    limit: query.limit,
    offset: 0,
  }
  const page = await readPage(store, base, query)
  return answer(await composeMessages({ sql: db, config }, page.rows), {
    meta: {
      limit: query.limit,
      hasMoreBefore: page.hasMoreBefore,
      hasMoreAfter: page.hasMoreAfter,
      ...cursors(page),
      ...(query.page === undefined ? {} : { page: query.page, total: await store.count(base) }),
    },
  })
}

async function readPage(store: Store, base: HistoryQuery, query: Query): Promise<Page> {
  if (query.cursor !== undefined)
    return readPage(store, base, { ...query, ...openCursor(query.cursor), cursor: undefined })
  if (query.after !== undefined) {
    return readAfter(store, base, await toSeq(store, base, query.after))
  }
  if (query.date !== undefined) {
    const seq = await store.seqAt({ chatId: base.chatId, at: query.date })
    return readAfter(store, base, seq === undefined ? Number.MAX_SAFE_INTEGER : seq - 1)
  }
  if (query.around !== undefined) {
    return readAround(store, base, await toSeq(store, base, query.around))
  }
  const before = query.before === undefined ? null : await toSeq(store, base, query.before)
  const offset = query.page === undefined ? 0 : (query.page - 1) * base.limit
  return readBefore(store, base, { before, offset })
}

async function readBefore(
  store: Store,
  base: HistoryQuery,
  from: { before: number | null; offset: number },
): Promise<Page> {
  const rows = await store.history({ ...base, ...from, limit: base.limit + 1 }, 'DESC')
  const page = rows.slice(0, base.limit).reverse()
  const isNewest = from.before === null && from.offset === 0
  const edge = page.at(-1)?.seq ?? (from.before === null ? 0 : from.before - 1)
  return {
    rows: page,
    hasMoreBefore: rows.length > base.limit,
    hasMoreAfter: !isNewest && (await hasAny(store, { ...base, after: edge }, 'ASC')),
  }
}

const hasAny = async (store: Store, query: HistoryQuery, order: 'ASC' | 'DESC'): Promise<boolean> =>
  (await store.history({ ...query, limit: 1 }, order)).length > 0

async function readAfter(store: Store, base: HistoryQuery, after: number): Promise<Page> {
  const rows = await store.history({ ...base, after, limit: base.limit + 1 }, 'ASC')
  const page = rows.slice(0, base.limit)
  const edge = page[0]?.seq ?? after + 1
  return {
    rows: page,
    hasMoreBefore: after > 0 && (await hasAny(store, { ...base, before: edge }, 'DESC')),
    hasMoreAfter: rows.length > base.limit,
  }
}

/** Half of the page lies before the place; the place itself begins the other half. */
async function readAround(store: Store, base: HistoryQuery, seq: number): Promise<Page> {
  const half = Math.floor(base.limit / 2)
  const before = await readBefore(
    store,
    { ...base, limit: Math.max(half, 1) },
    { before: seq, offset: 0 },
  )
  const rest = base.limit - Math.min(half, before.rows.length)
  const after = await readAfter(store, { ...base, limit: rest }, seq - 1)
  const rows = half === 0 ? after.rows : [...before.rows, ...after.rows]
  return {
    rows,
    hasMoreBefore: before.hasMoreBefore || (half === 0 && before.rows.length > 0),
    hasMoreAfter: after.hasMoreAfter,
  }
}

/** A place is a position, or the id of a visible message. */
async function toSeq(store: Store, base: HistoryQuery, place: number | string): Promise<number> {
  if (typeof place === 'number') return place
  const seq = await store.seqOf({ chatId: base.chatId, viewerId: base.viewerId, id: place })
  if (seq === undefined) throw new AppError(notFound)
  return seq
}

function cursors({ rows, hasMoreBefore, hasMoreAfter }: Page): Record<string, string> {
  const first = rows[0]
  const last = rows.at(-1)
  return {
    ...(hasMoreBefore && first ? { prevCursor: `b${String(first.seq)}` } : {}),
    ...(hasMoreAfter && last ? { nextCursor: `a${String(last.seq)}` } : {}),
  }
}

function openCursor(cursor: string): { before: number } | { after: number } {
  const match = /^([ab])(\d{1,15})$/.exec(cursor)
  if (!match)
    throw new AppError(validationError, [
      { path: 'cursor', message: 'is not a cursor of this list' },
    ])
  const seq = Number(match[2])
  return match[1] === 'b' ? { before: seq } : { after: seq }
}

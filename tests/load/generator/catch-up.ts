import { createSequence } from '../../support/sequence.js'
import { createHistogram } from '../histogram.js'
import type { CatchUpReport, Crowd } from './protocol.js'
import { openSocket } from './sockets.js'

type Page = {
  cursor: string
  hasMore: boolean
  chats: { from: number; entries: { seq: number; message?: unknown }[] }[]
}

/** Asks for everything there is, and keeps where that ends: what a client knows when it goes away. */
export function rememberCursors(crowd: Crowd): Promise<string[]> {
  return Promise.all(
    crowd.users.map(async ({ token }) => {
      let page = await fetchPage(crowd.url, token)
      while (page.hasMore) page = await fetchPage(crowd.url, token, page.cursor)
      return page.cursor
    }),
  )
}

/**
 * Everybody comes back at the same moment: a socket, and sync until nothing is missing.
 *
 * @param state `cursors` of when they left; `expected` messages for each since then
 */
export async function catchUp(
  crowd: Crowd,
  state: { cursors: readonly string[]; expected: number },
  mark: (which: 'begun' | 'over') => void,
): Promise<CatchUpReport> {
  const connects = createHistogram()
  const completes = createHistogram()
  const sum = { messages: 0, lost: 0, duplicates: 0, orderErrors: 0 }
  mark('begun')
  const started = performance.now()
  const sockets = await Promise.all(
    crowd.users.map(async ({ token }, user) => {
      const socket = await openSocket(crowd.url, token)
      connects.add(performance.now() - started)
      const seqs = await fetchAll(crowd.url, token, state.cursors[user])
      completes.add(performance.now() - started)
      const sequence = createSequence()
      for (const seq of seqs) sequence.take(seq)
      sum.messages += seqs.length
      sum.lost += sequence.missing(state.expected).length
      sum.duplicates += sequence.duplicates()
      sum.orderErrors += sequence.orderErrors()
      return socket
    }),
  )
  const seconds = (performance.now() - started) / 1000
  mark('over')
  for (const socket of sockets) socket.disconnect()
  return {
    seconds,
    connectP50Ms: connects.quantile(0.5),
    connectP99Ms: connects.quantile(0.99),
    completeP50Ms: completes.quantile(0.5),
    completeP99Ms: completes.quantile(0.99),
    ...sum,
  }
}

async function fetchAll(url: string, token: string, cursor: string | undefined): Promise<number[]> {
  const seqs: number[] = []
  for (let at = cursor; ;) {
    const page = await fetchPage(url, token, at)
    for (const { entries } of page.chats) for (const { seq } of entries) seqs.push(seq)
    if (!page.hasMore) return seqs
    at = page.cursor
  }
}

async function fetchPage(url: string, token: string, cursor?: string): Promise<Page> {
  const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
  const response = await fetch(`${url}/api/v1/sync${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const body = (await response.json()) as { data: Page }
  if (!response.ok) throw new Error(`sync answered ${response.status}: ${JSON.stringify(body)}`)
  return body.data
}

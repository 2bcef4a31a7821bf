import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrival } from './ledger.js'
import type { Run } from './run.js'

const ANSWERS_MS = 12_000
const ARRIVALS_MS = 5_000
const LOOK_MS = 20
const PAGE = 500

type Entry = { seq: number; message?: Arrival }
type SyncAck = { ok: boolean; page?: { chats: { entries: Entry[] }[] } }

/**
 * Waits until every send is answered and every socket has everything; asks the server for the newest
 * positions; what a socket still misses is looked for by `sync`.
 */
export async function settle(
  run: Run,
  openSends: () => number,
): Promise<{ lost: number; repaired: number }> {
  await waitFor(() => openSends() === 0, ANSWERS_MS)
  await learnHeads(run)
  await waitFor(() => run.ledger.behind().length === 0, ARRIVALS_MS)
  const sum = { lost: 0, repaired: 0 }
  for (const user of run.ledger.behind()) {
    const found = await fetchMissing(run, user)
    const { lost, repaired } = run.ledger.reconcile(user, found)
    sum.lost += lost
    sum.repaired += repaired
  }
  return sum
}

/** A message that was stored without being acknowledged must be delivered all the same. */
async function learnHeads({ crowd, sockets, ledger }: Run): Promise<void> {
  const asked = crowd.chats.map(async ({ id, members: [first = 0] }, chat) => {
    const answer: unknown = await sockets.all[first]?.timeout(ANSWERS_MS).emitWithAck('heads', {})
    const { heads } = answer as { heads?: Record<string, number> }
    ledger.acknowledge(chat, heads?.[id] ?? 0)
  })
  await Promise.all(asked)
}

async function fetchMissing(run: Run, user: number): Promise<Arrival[]> {
  const missing = run.ledger.missing(user)
  const last = missing.at(-1) ?? 0
  const found: Arrival[] = []
  for (let after = (missing[0] ?? 1) - 1; after < last;) {
    const entries = await fetchEntries(run, user, after)
    for (const { message } of entries) if (message) found.push(message)
    const reached = entries.at(-1)?.seq
    if (reached === undefined) break
    after = reached
  }
  return found
}

async function fetchEntries(
  { crowd, sockets }: Run,
  user: number,
  after: number,
): Promise<Entry[]> {
  const chatId = crowd.chats[crowd.users[user]?.chat ?? 0]?.id
  const answer: unknown = await sockets.all[user]
    ?.timeout(ANSWERS_MS)
    .emitWithAck('sync', { chats: [{ chatId, after }], limit: PAGE })
  return (answer as SyncAck).page?.chats[0]?.entries ?? []
}

async function waitFor(isDone: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  while (!isDone() && performance.now() < end) await sleep(LOOK_MS)
}

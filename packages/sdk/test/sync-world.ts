import type { ChatPage, Message, SyncPage } from '@sup/types'
import { applyLive } from '../src/sync/apply-entries.js'
import { type PageKind, applyPage } from '../src/sync/apply-page.js'
import { fromMessage } from '../src/sync/incoming.js'
import { type Batch, type Integrity, type World, newBatch } from '../src/sync/world.js'
import { ALICE, AT, CHAT, EPOCH, aChat, anHonestMessage, digestOf, entryOf } from './examples.js'

/** Twelve messages of one chat. */
export const log = Array.from({ length: 12 }, (_, i) =>
  anHonestMessage(i + 1, `text ${String(i + 1)}`),
)

export const newWorld = (): World => ({
  me: ALICE,
  epoch: undefined,
  cursor: undefined,
  tracks: new Map(),
  formerHeads: new Map(),
  keepMessages: 100,
})

/** The entries after `from` up to `to`, as a page of sync has them. */
export function chatPage(from: number, to: number, more: Partial<ChatPage> = {}): ChatPage {
  const head = { seq: to, digest: digestOf(log.slice(0, to)) }
  return {
    chat: aChat({ head }),
    baseDigest: digestOf(log.slice(0, from)),
    from,
    to,
    entries: log.slice(from, to).map(entryOf),
    more: false,
    ...more,
  }
}

export const syncPage = (chats: ChatPage[], more: Partial<SyncPage> = {}): SyncPage => ({
  epoch: EPOCH,
  cursor: 'c1',
  hasMore: false,
  reset: false,
  serverTime: AT,
  chats,
  receipts: [],
  account: [],
  deviceMessages: [],
  ...more,
})

/** What a page does to a world. */
export function read(
  world: World,
  chats: ChatPage[],
  more: Partial<SyncPage> & { kind?: PageKind } = {},
): Batch {
  const { kind = 'round', ...fields } = more
  const batch = newBatch()
  applyPage(world, batch, { page: syncPage(chats, fields), kind, isFirst: false })
  return batch
}

/** What live messages do to a world. */
export function live(world: World, ...messages: Message[]): Batch {
  const batch = newBatch()
  applyLive(world, batch, messages.map(fromMessage))
  return batch
}

export const seqsOf = (batch: Batch): number[] =>
  batch.emissions.flatMap((one) => (one.name === 'message' ? [one.payload.message.seq] : []))

export const problemsOf = (batch: Batch): Integrity[] =>
  batch.emissions.flatMap((one) => (one.name === 'integrity' ? [one.payload] : []))

export const headOf = (world: World) => world.tracks.get(CHAT)?.head

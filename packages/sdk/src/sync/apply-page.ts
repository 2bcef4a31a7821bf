import type { Chat, ChatPage, Head, SyncPage } from '@sup/types'
import { advance, releaseHeld } from './apply-entries.js'
import { applyAccount, forgetChat } from './apply-account.js'
import { type Incoming, fold, fromEntry } from './incoming.js'
import {
  type Batch,
  type ChatTrack,
  type Integrity,
  type Source,
  type World,
  dropChats,
  dropMessages,
  newTrack,
  putSync,
  removeMessage,
} from './world.js'

/**
 * How a page came. `round`: a page of GET /sync, whose cursor counts; `chats`: of POST /sync for
 * chats that were behind; `repair`: for chats whose log did not add up, so the page is believed.
 */
export type PageKind = 'round' | 'chats' | 'repair'

/** `isFirst`: the page belongs to a round that began without a cursor, or after a reset. */
export type Reading = { page: SyncPage; kind: PageKind; isFirst: boolean }

/** Takes a page of sync into the world. */
export function applyPage(world: World, batch: Batch, { page, kind, isFirst }: Reading): void {
  noteEpoch(world, batch, page.epoch)
  for (const change of page.account) applyAccount(world, batch, change)
  for (const chatId of page.unknown ?? []) forgetChat(world, batch, { chatId, reason: 'removed' })
  const source = isFirst ? 'first' : 'sync'
  for (const chatPage of page.chats) applyChatPage(world, batch, { page: chatPage, kind, source })
  for (const payload of page.receipts) batch.emissions.push({ name: 'receipt', payload })
  if (kind !== 'round') return
  world.cursor = page.cursor
  batch.changes.push(putSync(world))
  batch.isDurable = true
}

/**
 * Another epoch means that the database was restored from a backup: positions of before mean
 * nothing any more. Stored messages stay until a page of their chat says otherwise.
 */
function noteEpoch(world: World, batch: Batch, epoch: string): void {
  if (world.epoch === epoch) return
  if (world.epoch !== undefined) {
    for (const [chatId, { head }] of world.tracks) world.formerHeads.set(chatId, head.seq)
    world.tracks.clear()
    world.cursor = undefined
    batch.touched.clear()
    batch.changes.push(dropChats())
    batch.hasNewEpoch = true
    batch.needsRound = true
  }
  world.epoch = epoch
  batch.changes.push(putSync(world))
  batch.isDurable = true
}

type ChatReading = { page: ChatPage; kind: PageKind; source: Source }

function applyChatPage(world: World, batch: Batch, { page, kind, source }: ChatReading): void {
  const chatId = page.chat.id
  const start = { seq: page.from, digest: page.baseDigest }
  const track = world.tracks.get(chatId) ?? newTrack(page.chat, start)
  world.tracks.set(chatId, track)
  dropStale(world, batch, { track, from: page.from })
  // Beyond the own head: a window left something out, or the member came back later.
  if (kind === 'repair' || page.from > track.head.seq) {
    track.head = start
    batch.changes.push(dropMessages(chatId))
  }
  adopt(track, page.chat)
  batch.touched.add(chatId)
  const entries = page.entries.map(fromEntry)
  const problem = readEntries(world, batch, { track, entries, start, source }) ?? compare(track)
  if (problem) report(batch, { track, kind, problem })
  releaseHeld(world, batch, { track, source: 'live' })
  batch.emissions.push({ name: 'chat', payload: { chatId, chat: track.chat } })
}

/** After a restore: what was stored beyond the place where the new log goes on is not of this log. */
function dropStale(
  world: World,
  batch: Batch,
  { track, from }: { track: ChatTrack; from: number },
): void {
  const former = world.formerHeads.get(track.chat.id)
  if (former === undefined) return
  world.formerHeads.delete(track.chat.id)
  const oldest = Math.max(from, former - world.keepMessages)
  for (let seq = oldest + 1; seq <= former; seq++) {
    batch.changes.push(removeMessage(track.chat.id, seq))
  }
}

/** The server's view of the chat counts, but for what live entries added since it was taken. */
function adopt(track: ChatTrack, chat: Chat): void {
  const { head, chat: own } = track
  track.target = Math.max(track.target, chat.head?.seq ?? 0)
  if (chat.head && chat.head.seq >= head.seq) track.chat = chat
  else {
    const my = chat.my && { ...chat.my, unreadCount: own.my?.unreadCount ?? chat.my.unreadCount }
    const { lastMessage = chat.lastMessage } = own
    track.chat = { ...chat, ...(lastMessage && { lastMessage }), head, my }
  }
}

type Entries = {
  track: ChatTrack
  entries: readonly Incoming[]
  start: Head
  source: Source
}

/**
 * Folds the entries from the start of the page, so that those which the client has already are
 * compared, and applies the new ones.
 */
function readEntries(
  world: World,
  batch: Batch,
  { track, entries, start, source }: Entries,
): Integrity | undefined {
  const { chat, head: own } = track
  let position = start
  let problem = mismatch(chat, position, own)
  for (const incoming of entries) {
    if (incoming.seq !== position.seq + 1) {
      return { chatId: chat.id, seq: incoming.seq, reason: 'order' }
    }
    position = fold(position, incoming)
    problem ??= mismatch(chat, position, own)
    if (!incoming.isGenuine) problem ??= { chatId: chat.id, seq: incoming.seq, reason: 'content' }
    if (incoming.seq !== track.head.seq + 1) continue
    advance(world, batch, { track, incoming, source })
    // The chat came with the page: nothing of it is counted twice.
    track.chat = chat
  }
  return problem
}

/** Two positions at the same place must have the same digest. */
function mismatch(chat: Chat, a: Head, b: Head | undefined): Integrity | undefined {
  if (a.seq !== b?.seq || a.digest === b.digest) return undefined
  return { chatId: chat.id, seq: a.seq, reason: 'digest' }
}

/** The fold must arrive at the head that the chat names. */
const compare = ({ chat, head }: ChatTrack): Integrity | undefined =>
  mismatch(chat, head, chat.head)

function report(
  batch: Batch,
  { track, kind, problem }: { track: ChatTrack; kind: PageKind; problem: Integrity },
): void {
  batch.emissions.push({ name: 'integrity', payload: problem })
  if (kind !== 'repair') {
    batch.broken.add(track.chat.id)
  } else if (track.chat.head?.seq === track.head.seq) {
    // Repaired and still not right: the server's word is taken, so that the chat goes on.
    track.head = track.chat.head
  }
}

import type { Chat, LogEntry } from '@sup/types'
import { type Incoming, fold, isNewMessage } from './incoming.js'
import {
  type Batch,
  type ChatTrack,
  type Source,
  type World,
  putMessage,
  removeMessage,
} from './world.js'

/** More than this is not kept in memory: the gap is fetched with what follows it. */
const MOST_HELD = 1000

/** Entries from the socket: applied in order, kept while something before them is missing. */
export function applyLive(world: World, batch: Batch, incoming: readonly Incoming[]): void {
  for (const one of incoming) {
    const track = world.tracks.get(one.chatId)
    if (!track) batch.needsRound = true
    else if (one.seq > track.head.seq) offer(world, batch, { track, incoming: one })
  }
}

function offer(
  world: World,
  batch: Batch,
  { track, incoming }: { track: ChatTrack; incoming: Incoming },
): void {
  track.target = Math.max(track.target, incoming.seq)
  if (track.held.size < MOST_HELD) track.held.set(incoming.seq, incoming)
  releaseHeld(world, batch, { track, source: 'live' })
}

/** Applies what is next in turn among the entries that are held. */
export function releaseHeld(
  world: World,
  batch: Batch,
  { track, source }: { track: ChatTrack; source: Source },
): void {
  for (const seq of track.held.keys()) if (seq <= track.head.seq) track.held.delete(seq)
  for (;;) {
    const next = track.held.get(track.head.seq + 1)
    if (!next) return
    if (!next.isGenuine) {
      const { chatId, seq } = next
      batch.emissions.push({ name: 'integrity', payload: { chatId, seq, reason: 'content' } })
      batch.broken.add(chatId)
      track.held.clear()
      return
    }
    track.held.delete(next.seq)
    advance(world, batch, { track, incoming: next, source })
  }
}

/** Takes the entry after the head of a chat into the world. */
export function advance(
  world: World,
  batch: Batch,
  { track, incoming, source }: { track: ChatTrack; incoming: Incoming; source: Source },
): void {
  const { chatId, seq, message, entry } = incoming
  track.head = fold(track.head, incoming)
  track.target = Math.max(track.target, seq)
  mirror(world, track, incoming)
  batch.touched.add(chatId)
  // Every position is passed once, so what falls out of the window is removed exactly then.
  const old = seq - world.keepMessages
  if (message && message.seq > old) batch.changes.push(putMessage(message))
  if (old > 0) batch.changes.push(removeMessage(chatId, old))
  if (message && isNewMessage(incoming)) {
    batch.emissions.push({ name: 'message', payload: { message, source } })
  } else if (entry) {
    batch.emissions.push({ name: 'entry', payload: { entry, source } })
  }
  if (message?.senderId !== world.me || message.envelope) batch.received.set(chatId, seq)
}

/** Keeps the chat as a list shows it: last message, unread count, name, number of members. */
function mirror(world: World, track: ChatTrack, incoming: Incoming): void {
  const chat: Chat = { ...track.chat, head: track.head }
  track.chat = chat
  const { message, entry, seq } = incoming
  if (message && isNewMessage(incoming)) {
    chat.lastMessage = message
    chat.updatedAt = message.createdAt
    if (chat.my && message.senderId !== world.me && seq > chat.my.lastReadSeq) {
      chat.my = { ...chat.my, unreadCount: Math.min(999, chat.my.unreadCount + 1) }
    }
  } else if (entry) {
    if (message && message.id === chat.lastMessage?.id) chat.lastMessage = message
    mirrorChange(chat, entry)
  }
}

function mirrorChange(chat: Chat, { kind, data }: LogEntry): void {
  if (kind === 'member_added') chat.memberCount += 1
  if (kind === 'member_removed') chat.memberCount -= 1
  if (kind === 'chat_updated' && typeof data?.changes === 'object') {
    const { settings, ...changes } = data.changes as Partial<Chat>
    Object.assign(chat, changes, settings && { settings: { ...chat.settings, ...settings } })
  }
}

import type { AccountChange, Chat } from '@sup/types'
import { type Batch, type World, dropChat, dropMessages, newTrack } from './world.js'

/** How many of the newest positions of a new chat are fetched, when it has that many. */
const WINDOW = 20

/** Takes a change outside the chat logs into the world. It may come twice. */
export function applyAccount(world: World, batch: Batch, change: AccountChange): void {
  switch (change.type) {
    case 'chat_added':
      addChat(world, batch, change.chat)
      break
    case 'chat_removed':
      // Told again after a return to the chat, it says nothing about this membership.
      if (!isOlder(change.at, world.tracks.get(change.chatId)?.chat.my?.joinedAt)) {
        forgetChat(world, batch, change)
      }
      break
    case 'chat_state':
      applyState(world, batch, change)
      break
    default:
  }
  batch.emissions.push({ name: 'account', payload: change })
}

const isOlder = (a: string, b: string | undefined): boolean => b !== undefined && a < b

function addChat(world: World, batch: Batch, chat: Chat): void {
  if (world.tracks.has(chat.id) || !chat.my) return
  const { base } = chat.my
  const head = chat.head ?? base
  const isShort = head.seq - base.seq <= WINDOW
  // Of a long log the newest part comes with the next round; a short one is fetched from its base.
  if (!isShort) {
    batch.needsRound = true
    return
  }
  const track = newTrack(chat, base)
  track.target = head.seq
  world.tracks.set(chat.id, track)
  batch.touched.add(chat.id)
  batch.emissions.push({ name: 'chat', payload: { chatId: chat.id, chat } })
}

/** The chat is gone for this account, with everything stored of it. */
export function forgetChat(
  world: World,
  batch: Batch,
  { chatId, reason }: { chatId: string; reason: string },
): void {
  if (!world.tracks.delete(chatId)) return
  batch.touched.delete(chatId)
  batch.changes.push(dropChat(chatId), dropMessages(chatId))
  batch.emissions.push({ name: 'chat', payload: { chatId, removed: reason } })
}

type StateChange = Extract<AccountChange, { type: 'chat_state' }>

function applyState(world: World, batch: Batch, { chatId, state }: StateChange): void {
  const track = world.tracks.get(chatId)
  if (!track) return
  track.chat = { ...track.chat, my: state }
  batch.touched.add(chatId)
  batch.emissions.push({ name: 'chat', payload: { chatId, chat: track.chat } })
}

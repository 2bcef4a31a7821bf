import type { AccountChange, Chat, Head, LogEntry, Message, ReceiptChange } from '@sup/types'
import { type Storage, type StorageChange, drop, put, remove } from '../storage/storage.js'
import type { Incoming } from './incoming.js'

/** Where this client stands in one chat. */
export type ChatTrack = {
  chat: Chat
  /** The newest entry that was applied, with the digest of everything up to it. */
  head: Head
  /** Entries that came before their turn, by position. */
  held: Map<number, Incoming>
  /** The newest position that is known to exist; beyond `head` when something is missing. */
  target: number
}

/** Everything a client knows about its chats, in memory; the storage has the same. */
export type World = {
  /** Own user id. */
  me: string
  epoch: string | undefined
  cursor: string | undefined
  tracks: Map<string, ChatTrack>
  /** Heads of before a restore, until the chat was seen again. */
  formerHeads: Map<string, number>
  /** How many newest positions of a chat have their messages stored. */
  keepMessages: number
}

/** `first`: the newest page of a chat that this client had not seen, or not since a reset. */
export type Source = 'live' | 'sync' | 'first'

/** A log that does not add up. `content`: an entry has not the hash that it claims. */
export type Integrity = {
  chatId: string
  seq: number
  reason: 'content' | 'digest' | 'order'
}

export type ChatNews = { chatId: string; chat?: Chat; removed?: string }

export type SyncEvents = {
  message: { message: Message; source: Source }
  entry: { entry: LogEntry; source: Source }
  chat: ChatNews
  receipt: ReceiptChange
  account: AccountChange
  integrity: Integrity
}

/** One event to be told. */
export type Emission = {
  [K in keyof SyncEvents]: { name: K; payload: SyncEvents[K] }
}[keyof SyncEvents]

/** What some news lead to: written in one transaction, then told, then followed up. */
export type Batch = {
  changes: StorageChange[]
  /** Chats whose track is written. */
  touched: Set<string>
  emissions: Emission[]
  /** Highest position with somebody else's news, by chat: to be acknowledged. */
  received: Map<string, number>
  /** Chats whose log must be fetched again. */
  broken: Set<string>
  /** Something came for a chat that is not known: a round of sync brings it. */
  needsRound: boolean
  /** The database was restored: what it lost of ours is sent again. */
  hasNewEpoch: boolean
  /** The cursor or the epoch is among the changes. */
  isDurable: boolean
}

export const newBatch = (): Batch => ({
  changes: [],
  touched: new Set(),
  emissions: [],
  received: new Map(),
  broken: new Set(),
  needsRound: false,
  hasNewEpoch: false,
  isDurable: false,
})

export const isBehind = (track: ChatTrack): boolean => track.target > track.head.seq

const CHATS = 'chats'
const SYNC = 'sync'
const messagesOf = (chatId: string): string => `messages:${chatId}`
const seqKey = (seq: number): string => String(seq).padStart(15, '0')

type StoredTrack = { chat: Chat; head: Head }
type StoredSync = { epoch?: string; cursor?: string }

/** What an earlier process stored; written by this module, so its form is not checked again. */
export async function loadWorld(
  storage: Storage,
  me: string,
  keepMessages: number,
): Promise<World> {
  const sync = ((await storage.get(SYNC, 'state')) ?? {}) as StoredSync
  const tracks = new Map<string, ChatTrack>()
  for (const { key, value } of await storage.list(CHATS)) {
    const { chat, head } = value as StoredTrack
    tracks.set(key, newTrack(chat, head))
  }
  const { epoch, cursor } = sync
  return { me, epoch, cursor, tracks, formerHeads: new Map(), keepMessages }
}

export const newTrack = (chat: Chat, head: Head): ChatTrack => ({
  chat,
  head,
  held: new Map(),
  target: head.seq,
})

export const storedChatIds = async (storage: Storage): Promise<string[]> =>
  (await storage.list(CHATS)).map(({ key }) => key)

/** The stored messages of a chat, oldest first. */
export async function loadMessages(storage: Storage, chatId: string): Promise<Message[]> {
  return (await storage.list(messagesOf(chatId))).map(({ value }) => value as Message)
}

export const putSync = ({ epoch, cursor }: World): StorageChange =>
  put(SYNC, 'state', { epoch, cursor })
export const putTrack = ({ chat, head }: ChatTrack): StorageChange =>
  put(CHATS, chat.id, { chat, head })
export const putMessage = (message: Message): StorageChange =>
  put(messagesOf(message.chatId), seqKey(message.seq), message)
export const removeMessage = (chatId: string, seq: number): StorageChange =>
  remove(messagesOf(chatId), seqKey(seq))
export const dropMessages = (chatId: string): StorageChange => drop(messagesOf(chatId))
export const dropChat = (chatId: string): StorageChange => remove(CHATS, chatId)
export const dropChats = (): StorageChange => drop(CHATS)
export const dropSync = (): StorageChange => drop(SYNC)

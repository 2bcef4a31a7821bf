import { type Client, type Integrity, foldDigest } from '@sup/sdk'
import type { Chat, LogEntry, Message } from '@sup/types'
import { createSequence } from './sequence.js'

/** One position of a chat's log as a device showed it: a message, or another entry. */
export type Shown = {
  seq: number
  id: string
  hash: string
  message?: Message
  entry?: LogEntry
}

/** What a device showed of one chat, compared with what the chat is. */
export type Findings = {
  messages: number
  /** Positions between the member's base and the head that were never shown. */
  missing: number
  duplicates: number
  orderErrors: number
  /** Everything folds to the digest of the head. */
  isProven: boolean
}

/** Keeps everything that a client shows, in the order in which it is shown. */
export type Recorder = {
  shown: (chatId: string) => readonly Shown[]
  messages: (chatId: string) => Message[]
  /** Logs that the client itself found wrong. */
  integrity: readonly Integrity[]
  /** Waits until what was shown satisfies; looks again whenever something is shown. */
  until: (what: string, isEnough: () => boolean, limitMs?: number) => Promise<void>
  /** @param chat as the server gives it, for its base and head */
  verify: (chat: Chat) => Findings
}

/** Begins to record; everything from before is not known, so begin before the client connects. */
export function record(client: Client): Recorder {
  const chats = new Map<string, Shown[]>()
  const integrity: Integrity[] = []
  const watchers = new Set<() => void>()

  const note = (chatId: string, item: Shown): void => {
    const items = chats.get(chatId) ?? []
    items.push(item)
    chats.set(chatId, items)
    for (const look of [...watchers]) look()
  }
  client.on('message', ({ message }) => {
    const { chatId, seq, id, hash } = message
    note(chatId, { seq, id, hash, message })
  })
  client.on('entry', ({ entry }) => {
    const { chatId, seq, entryId, hash } = entry
    note(chatId, { seq, id: entryId, hash, entry })
  })
  client.on('integrity', (problem) => {
    integrity.push(problem)
  })
  const shown = (chatId: string): readonly Shown[] => chats.get(chatId) ?? []
  return {
    shown,
    messages: (chatId) => shown(chatId).flatMap(({ message }) => message ?? []),
    integrity,
    until: (what, isEnough, limitMs = 15_000) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!isEnough()) return
          watchers.delete(look)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(() => {
          watchers.delete(look)
          reject(new Error(`${what}: not within ${limitMs} ms`))
        }, limitMs)
        watchers.add(look)
        look()
      }),
    verify: (chat) => verify(chat, shown(chat.id)),
  }
}

function verify(chat: Chat, items: readonly Shown[]): Findings {
  const base = chat.my?.base ?? { seq: 0, digest: '' }
  const head = chat.head ?? base
  const sequence = createSequence(base.seq)
  let digest = base.digest
  for (const { seq, id, hash } of items) {
    if (seq === sequence.next()) digest = foldDigest(digest, id, hash)
    sequence.take(seq)
  }
  return {
    messages: items.filter(({ message }) => message !== undefined).length,
    missing: sequence.missing(head.seq).length,
    duplicates: sequence.duplicates(),
    orderErrors: sequence.orderErrors(),
    isProven: digest === head.digest,
  }
}

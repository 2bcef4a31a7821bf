import type { Head, LogEntry, Message } from '@sup/types'
import { foldDigest, hashEntry, hashMessage } from './digest.js'

/** One entry of a chat log, however it came: as a message event, an entry event, or in a page. */
export type Incoming = {
  chatId: string
  seq: number
  entryId: string
  /** As the server gives it; it is what the digest folds. */
  hash: string
  /** False when the content does not have the hash that it claims. */
  isGenuine: boolean
  /** The current state of the message concerned, when the entry carries it. */
  message?: Message
  /** Absent for a message event, which is an entry of kind `message`. */
  entry?: LogEntry
}

export function fromMessage(message: Message): Incoming {
  const { chatId, seq, id, hash } = message
  const isGenuine = (hashMessage(message) ?? hash) === hash
  return { chatId, seq, entryId: id, hash, isGenuine, message }
}

export function fromEntry(entry: LogEntry): Incoming {
  const { chatId, seq, entryId, hash, message } = entry
  const isGenuine = (hashEntry(entry) ?? hash) === hash
  return { chatId, seq, entryId, hash, isGenuine, entry, ...(message && { message }) }
}

/** Is this the entry that makes a new message, and not one that changes something? */
export const isNewMessage = ({ entry }: Incoming): boolean => !entry || entry.kind === 'message'

export const fold = (head: Head, { seq, entryId, hash }: Incoming): Head => ({
  seq,
  digest: foldDigest(head.digest, entryId, hash),
})

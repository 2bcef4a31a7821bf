import { createSequence } from '../../support/sequence.js'
import type { Crowd } from './protocol.js'

/** A message as far as the generator looks at it. */
export type Arrival = { seq: number; senderId: string; encryptedContent: string }

/** Who has what: one sequence per socket, since everybody is in one chat. */
export type Ledger = {
  /** Notes an arrival and returns the number of the message within this run. */
  take: (user: number, message: Arrival) => number
  /** The server said that this position of a chat exists. */
  acknowledge: (chat: number, seq: number) => void
  /** Sockets that do not have everything up to the head of their chat. */
  behind: () => number[]
  /** What the socket of a person misses, ascending. */
  missing: (user: number) => number[]
  /** Takes what is missing from what a sync found, and says what it did not find. */
  reconcile: (user: number, found: readonly Arrival[]) => { repaired: number; lost: number }
  duplicates: () => number
  orderErrors: () => number
}

/** The number is the beginning of the content: `1234.…`. */
export const numberOf = ({ encryptedContent }: Arrival): number =>
  Number.parseInt(encryptedContent, 10)

export function createLedger({ users, chats }: Crowd): Ledger {
  const heads = new Float64Array(chats.length)
  const sequences = users.map(() => createSequence())
  const observers = new Set(chats.map(({ members }) => members[0]))
  const newest = new Map<string, number>()
  let confused = 0

  /** One socket per chat also sees whether each sender's messages are in the order of sending. */
  const watchSender = ({ senderId }: Arrival, number: number): void => {
    if (number < (newest.get(senderId) ?? -1)) confused += 1
    else newest.set(senderId, number)
  }
  const headOf = (user: number): number => heads[users[user]?.chat ?? 0] ?? 0
  const missing = (user: number): number[] =>
    (sequences[user]?.missing(headOf(user)) ?? []).sort((a, b) => a - b)

  return {
    take(user, message) {
      const number = numberOf(message)
      sequences[user]?.take(message.seq)
      const isNewest = sequences[user]?.next() === message.seq + 1
      if (isNewest && observers.has(user)) watchSender(message, number)
      return number
    },
    acknowledge(chat, seq) {
      if (seq > (heads[chat] ?? 0)) heads[chat] = seq
    },
    behind: () => sequences.flatMap((one, user) => (one.isComplete(headOf(user)) ? [] : [user])),
    missing,
    reconcile(user, found) {
      const has = new Set(found.map(({ seq }) => seq))
      const all = missing(user)
      sequences[user]?.fill(all)
      const repaired = all.filter((seq) => has.has(seq)).length
      return { repaired, lost: all.length - repaired }
    },
    duplicates: () => sequences.reduce((sum, one) => sum + one.duplicates(), 0),
    orderErrors: () => sequences.reduce((sum, one) => sum + one.orderErrors(), confused),
  }
}

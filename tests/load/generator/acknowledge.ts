import type { Arrival } from './ledger.js'
import type { Run } from './run.js'

const EVERY_MS = 1000

/** Says `delivered` for every socket as the SDK does: the first news at once, then once a second. */
export function createAcknowledger({ crowd, sockets }: Pick<Run, 'crowd' | 'sockets'>): {
  note: (user: number, messages: readonly Arrival[]) => void
  stop: () => void
} {
  const pending = new Float64Array(crowd.users.length)
  const resting = new Map<number, NodeJS.Timeout>()

  const flush = (user: number): void => {
    const seq = pending[user] ?? 0
    const chatId = crowd.chats[crowd.users[user]?.chat ?? 0]?.id
    pending[user] = 0
    resting.set(user, setTimeout(rest, EVERY_MS, user))
    sockets.all[user]?.emit('delivered', { items: [{ chatId, seq }] }, () => undefined)
  }
  const rest = (user: number): void => {
    resting.delete(user)
    if ((pending[user] ?? 0) > 0) flush(user)
  }
  return {
    note(user, messages) {
      const me = crowd.users[user]?.id
      const newest = messages.findLast(({ senderId }) => senderId !== me)
      if (newest === undefined) return
      pending[user] = newest.seq
      if (!resting.has(user)) flush(user)
    },
    stop() {
      for (const timer of resting.values()) clearTimeout(timer)
    },
  }
}

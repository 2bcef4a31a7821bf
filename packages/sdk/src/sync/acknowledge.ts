import { deliveredEvent, markChatDelivered } from '@sup/types'
import type { Clock } from '../base/clock.js'
import type { Log } from '../base/log.js'
import { isSupError } from '../base/sup-error.js'
import type { Call } from '../http/call.js'
import type { Connection } from '../socket/connection.js'
import type { Storage } from '../storage/storage.js'

/**
 * Tells the server what this device has stored: the first news at once, what follows at most once a
 * second. Nothing is acknowledged that a power cut could take away.
 */
export type Acknowledger = {
  /** Chats and the highest position received in each. */
  note: (received: ReadonlyMap<string, number>) => void
  stop: () => void
}

export type AcknowledgerNeeds = {
  storage: Storage
  connection: Pick<Connection, 'isOnline' | 'request'>
  call: Call
  clock: Clock
  log: Log
}

type Keeper = AcknowledgerNeeds & {
  pending: Map<string, number>
  failures: number
  cancelTimer: (() => void) | undefined
  isStopped: boolean
}
type Mark = { chatId: string; seq: number }

const EVERY_MS = 1000
const LONGEST_MS = 30_000
const MARKS_PER_EVENT = 100

export function createAcknowledger(needs: AcknowledgerNeeds): Acknowledger {
  const self: Keeper = {
    ...needs,
    pending: new Map(),
    failures: 0,
    cancelTimer: undefined,
    isStopped: false,
  }
  return {
    note(received) {
      for (const [chatId, seq] of received) add(self, { chatId, seq })
      if (self.pending.size > 0 && !self.cancelTimer) void flush(self)
    },
    stop() {
      self.isStopped = true
      self.cancelTimer?.()
    },
  }
}

function add({ pending }: Keeper, { chatId, seq }: Mark): void {
  pending.set(chatId, Math.max(seq, pending.get(chatId) ?? 0))
}

async function flush(self: Keeper): Promise<void> {
  const items = [...self.pending]
    .slice(0, MARKS_PER_EVENT)
    .map(([chatId, seq]) => ({ chatId, seq }))
  for (const { chatId } of items) self.pending.delete(chatId)
  rest(self)
  try {
    await self.storage.flush()
    await send(self, items)
    self.failures = 0
  } catch (err) {
    self.failures += 1
    self.log.debug('what was received could not be acknowledged', { err })
    for (const item of items) add(self, item)
  }
}

function rest(self: Keeper): void {
  const ms = Math.min(LONGEST_MS, EVERY_MS * 2 ** self.failures)
  self.cancelTimer = self.clock.after(ms, () => {
    self.cancelTimer = undefined
    if (self.pending.size > 0 && !self.isStopped) void flush(self)
  })
}

async function send({ connection, call }: Keeper, items: Mark[]): Promise<void> {
  if (connection.isOnline()) {
    await connection.request(deliveredEvent, { items })
    return
  }
  for (const { chatId, seq } of items) {
    try {
      await call(markChatDelivered, { params: { id: chatId }, body: { seq } })
    } catch (err) {
      // A chat that was left meanwhile needs no acknowledgement.
      if (!isSupError(err) || err.retryable) throw err
    }
  }
}

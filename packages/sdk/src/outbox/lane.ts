import { fullJitter } from '../base/chance.js'
import type { Clock } from '../base/clock.js'
import { concernsSession, isSupError } from '../base/sup-error.js'
import type { Deliver } from './deliver.js'
import type { OutboxEntry, Stored } from './entry.js'

/**
 * Sends the messages of one chat, one at a time: the next starts when the server has the one before,
 * so they arrive in the order in which they were queued.
 */
export type Lane = {
  add: (entry: OutboxEntry) => void
  /** Takes out an entry that is not being sent. */
  take: (entry: OutboxEntry) => void
  /** Ends a wait: the connection is back, or somebody logged in. */
  wake: () => void
  stop: () => void
}

/** Why a message will not be tried again. */
export type Refusal = { code: string; message: string }

export type LaneNeeds = {
  clock: Clock
  deliver: Deliver
  onSending: (entry: OutboxEntry) => void
  onWaiting: (entry: OutboxEntry) => void
  onStored: (entry: OutboxEntry, stored: Stored) => Promise<void>
  onRefused: (entry: OutboxEntry, reason: Refusal) => Promise<void>
}

type Keeper = LaneNeeds & {
  queue: OutboxEntry[]
  stopping: AbortController
  isRunning: boolean
  wake: () => void
}

export function createLane(needs: LaneNeeds): Lane {
  const lane: Keeper = {
    ...needs,
    queue: [],
    stopping: new AbortController(),
    isRunning: false,
    wake: () => undefined,
  }
  return {
    add(entry) {
      lane.queue.push(entry)
      if (!lane.isRunning) void run(lane)
    },
    take(entry) {
      lane.queue = lane.queue.filter((other) => other !== entry)
    },
    wake: () => {
      lane.wake()
    },
    stop() {
      lane.stopping.abort()
      lane.wake()
    },
  }
}

async function run(lane: Keeper): Promise<void> {
  lane.isRunning = true
  let failures = 0
  while (!lane.stopping.signal.aborted) {
    const [entry] = lane.queue
    if (!entry) break
    const delay = await attempt(lane, entry, failures)
    if (delay === undefined) {
      failures = 0
      if (lane.queue[0] === entry) lane.queue.shift()
    } else {
      failures += 1
      await pause(lane, delay)
    }
  }
  lane.isRunning = false
}

/** @returns how long to wait before the same entry again, or undefined when it is done with. */
async function attempt(
  lane: Keeper,
  entry: OutboxEntry,
  failures: number,
): Promise<number | undefined> {
  // An echo or a sync may show at any time that the server has it.
  if (isStored(entry)) return undefined
  lane.onSending(entry)
  try {
    await lane.onStored(entry, await lane.deliver(entry.body, lane.stopping.signal))
    return undefined
  } catch (err) {
    if (isStored(entry)) return undefined
    return lane.stopping.signal.aborted ? 0 : judge(lane, entry, { err, failures })
  }
}

async function judge(
  lane: Keeper,
  entry: OutboxEntry,
  { err, failures }: { err: unknown; failures: number },
): Promise<number | undefined> {
  if (isSupError(err) && !err.retryable && !concernsSession(err)) {
    await lane.onRefused(entry, { code: err.code, message: err.message })
    return undefined
  }
  lane.onWaiting(entry)
  // Without a session no time helps, only a log-in does.
  if (concernsSession(err)) return Infinity
  const asked = isSupError(err) ? (err.retryAfterMs ?? 0) : 0
  return asked + fullJitter(failures)
}

const isStored = (entry: OutboxEntry): boolean => entry.stored !== undefined

function pause(lane: Keeper, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = ms === Infinity ? () => undefined : lane.clock.after(ms, resolve)
    lane.wake = () => {
      cancel()
      resolve()
    }
  })
}

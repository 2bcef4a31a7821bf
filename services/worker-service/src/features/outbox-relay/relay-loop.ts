import type { Duties } from '@sup/service-kit/duties'
import type { Logger } from '@sup/service-kit/log'
import type { Metrics } from '@sup/service-kit/metrics'
import { type Database, holdLock } from '@sup/service-kit/postgres'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OutboxRow } from './duty-map.js'
import { type Repetition, outboxStore } from './outbox-store.js'
import { type PassResult, relayRows } from './relay-rows.js'

/** Number of the advisory lock that makes one relay the leader. */
export const RELAY_LOCK = 7_390_411

/** All in milliseconds. */
export type Pace = Repetition & {
  /** Rest after a pass that found rows; it doubles, up to `idleMs`, while there are none. */
  busyMs: number
  idleMs: number
  /** Rest after a pass in which the broker or the database failed. */
  failedMs: number
  /** Time between two looks for rows whose effect is confirmed. */
  finishMs: number
  /** Time between two attempts of a relay that stands by. */
  standbyMs: number
}

const PACE: Pace = {
  againAfterMs: 60_000,
  againAtMostMs: 600_000,
  busyMs: 20,
  idleMs: 50,
  failedMs: 1000,
  finishMs: 500,
  standbyMs: 1000,
}

const FINISHED_AT_ONCE = 5000
/** A pass that finds nothing is followed by a rest of at least this many times its length. */
const REST_PER_SEARCH = 4
const REMEMBERED_ROWS = 1000

export type RelayLoop = {
  start(): void
  /** Resolves when the pass under way is over and the lock is free for another relay. */
  stop(): Promise<void>
  isLeading(): boolean
}

// Spelled out, because `Needs` would make `deps.ts`, which constructs the loop, import itself.
type RelayNeeds = { db: Database; duties: Duties; log: Logger; metrics: Metrics }

/**
 * The relay of the outbox: one of all worker-services leads, the others stand by and take over.
 *
 * The leader is who holds an advisory lock, on a connection of its own: when that connection ends, for
 * whatever reason, Postgres frees the lock and the leader stops before its next wave. The lock is tried
 * again and again rather than waited for: a waiting statement would hold back the vacuum of all tables.
 *
 * @param pace Other times, for tests.
 */
export function createRelayLoop(needs: RelayNeeds, pace: Partial<Pace> = {}): RelayLoop {
  const { db, log, metrics } = needs
  const times: Pace = { ...PACE, ...pace }
  const stopping = new AbortController()
  const leader = metrics.gauge('sup_outbox_leader', 'Whether this relay leads (1) or stands by (0)')
  let isLeading = false
  let running: Promise<void> | undefined
  leader.set(0)

  const tryToLead = async (): Promise<void> => {
    const lock = await holdLock(db, RELAY_LOCK)
    if (!lock) return
    const leading = new AbortController()
    const end = (): void => {
      isLeading = false
      leader.set(0)
      leading.abort()
    }
    stopping.signal.addEventListener('abort', end)
    void lock.lost.then(end)
    isLeading = !stopping.signal.aborted
    leader.set(isLeading ? 1 : 0)
    log.info('The outbox relay leads')
    try {
      if (isLeading) await lead(needs, times, leading.signal)
    } finally {
      stopping.signal.removeEventListener('abort', end)
      end()
      await lock.release()
      log.info('The outbox relay no longer leads')
    }
  }

  const run = async (): Promise<void> => {
    const tell = tellChange(log, 'The relay cannot try to lead', 'The relay can try to lead again')
    while (!stopping.signal.aborted) {
      await tryToLead().then(
        () => {
          tell(false)
        },
        (err: unknown) => {
          tell(true, err)
        },
      )
      // Jitter, so that relays that lost the database together do not all come back together.
      await rest(randomInt(times.standbyMs >> 1, times.standbyMs + 1), stopping.signal)
    }
  }

  return {
    start() {
      running ??= run()
    },
    async stop() {
      stopping.abort()
      await running
    },
    isLeading: () => isLeading,
  }
}

/** Relays and finishes until the signal comes; failures of the broker and the database are sat out. */
async function lead(needs: RelayNeeds, times: Pace, signal: AbortSignal): Promise<void> {
  const { db, duties, log } = needs
  const pass = { mayGoOn: () => !signal.aborted, repetition: times, onMalformed: tellOnce(log) }
  const tell = tellChange(log, 'Outbox rows cannot be relayed', 'Outbox rows are relayed again')
  let isFailing = false
  let pause = times.idleMs
  let finishAt = 0
  while (!signal.aborted) {
    const begin = performance.now()
    try {
      // While the broker is away, reading all that is due every second would serve nobody.
      if (isFailing) await duties.ping()
      const result = await relayRows(needs, pass)
      if (performance.now() >= finishAt) {
        await outboxStore(db).finishProcessed(FINISHED_AT_ONCE)
        finishAt = performance.now() + times.finishMs
      }
      isFailing = result.failed > 0
      tell(isFailing, result.firstFailure)
      pause = pauseAfter(result, { before: pause, tookMs: performance.now() - begin }, times)
    } catch (err) {
      isFailing = true
      tell(isFailing, err)
      pause = times.failedMs
    }
    await rest(pause, signal)
  }
}

function pauseAfter(
  result: PassResult,
  { before, tookMs }: { before: number; tookMs: number },
  times: Pace,
): number {
  if (result.failed > 0) return times.failedMs
  if (result.relayed > 0) return times.busyMs
  // Thousands of rows that wait for a stalled consumer make each search long: it must not fill the day.
  return Math.max(Math.min(times.idleMs, before * 2), tookMs * REST_PER_SEARCH)
}

/** Reports a row that can never be relayed, once. */
function tellOnce(log: Logger): (row: OutboxRow) => void {
  const known = new Set<number>()
  return ({ id, type }) => {
    if (known.has(id)) return
    if (known.size >= REMEMBERED_ROWS) known.clear()
    known.add(id)
    log.error('An outbox row does not have the form of its type and stays', { outboxId: id, type })
  }
}

/** One line when something begins to fail and one when it works again, however long it takes. */
function tellChange(
  log: Logger,
  failing: string,
  working: string,
): (isFailing: boolean, err?: unknown) => void {
  let wasFailing = false
  return (isFailing, err) => {
    if (isFailing && !wasFailing) log.warn(failing, { err })
    if (!isFailing && wasFailing) log.info(working)
    wasFailing = isFailing
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

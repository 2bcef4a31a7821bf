import { LIMITS, REVOCATIONS_CHANNEL, type Revocation, listRevocations } from '@sup/types'
import type { Clock } from '../clock/index.js'
import type { Hints } from '../hints/index.js'
import type { InternalClient } from '../http/index.js'
import type { Logger } from '../log/index.js'
import { type SessionOf, createEndedSessions } from './ended-sessions.js'
import { createKnownIds } from './known-ids.js'

/** Older knowledge than this lets nobody in. */
const STALE_AFTER_MS = 3000
/** Rows are kept this long by main-api, and so are they here. */
const KEEP_MS = 48 * 3_600_000
const FORGET_EVERY_MS = 600_000

export type RevocationNeeds = {
  mainApi: InternalClient
  hints: Hints
  clock: Clock
  log: Logger
}

/**
 * Learns what has ended by asking main-api twice a second. The hint only makes it faster: a revocation that
 * rode on a message alone would be lost with it.
 */
export class RevocationLoop {
  readonly #needs: RevocationNeeds
  readonly #ended = createEndedSessions()
  readonly #known = createKnownIds()
  readonly #handlers: ((revocation: Revocation) => void)[] = []
  #cursor: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isPolling = false
  #isWanted = false
  #isStopped = false
  // Monotonic: the wall clock may be set, and a test's stands still.
  #freshAt = -Infinity
  #forgottenAt = performance.now()

  constructor(needs: RevocationNeeds) {
    this.#needs = needs
  }

  /** Begins to ask; nobody may be let in before `isFresh`. */
  start(): void {
    const now = (): void => {
      this.poll()
    }
    void this.#needs.hints.subscribe(REVOCATIONS_CHANNEL, now)
    this.#needs.hints.onResubscribed(now)
    this.poll()
  }

  isRevoked(session: SessionOf): boolean {
    return this.#ended.isRevoked(session)
  }

  /** False while main-api cannot be asked: what has ended meanwhile is not known. */
  isFresh(): boolean {
    return performance.now() - this.#freshAt <= STALE_AFTER_MS
  }

  /** Asks at once. */
  poll(): void {
    this.#isWanted = true
    if (!this.#isPolling) void this.#pollUntilDone()
  }

  /** Calls `handle` for everything that has ended, once each. */
  onRevocation(handle: (revocation: Revocation) => void): void {
    this.#handlers.push(handle)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** One question at a time; a hint that comes meanwhile may be about what the answer does not hold yet. */
  async #pollUntilDone(): Promise<void> {
    this.#isPolling = true
    clearTimeout(this.#timer)
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false
      await this.#readAll().catch((err: unknown) => {
        this.#needs.log.debug('Revocations could not be read', { err })
      })
    }
    this.#isPolling = false
    this.#forgetOld()
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.poll()
    }, LIMITS.revocationPollMs)
  }

  async #readAll(): Promise<void> {
    const startedAt = performance.now()
    for (let hasMore = true; hasMore;) {
      const query = this.#cursor === undefined ? {} : { after: this.#cursor }
      const page = await this.#needs.mainApi.callInternal(listRevocations, { query })
      for (const item of page.items) this.#take(item)
      this.#cursor = page.cursor
      hasMore = page.hasMore
    }
    this.#freshAt = startedAt
  }

  #take(item: Revocation): void {
    if (!this.#known.add(item.id)) return
    this.#ended.add(item)
    for (const handle of this.#handlers) handle(item)
  }

  #forgetOld(): void {
    if (performance.now() - this.#forgottenAt < FORGET_EVERY_MS) return
    this.#forgottenAt = performance.now()
    this.#known.turn()
    this.#ended.forgetBefore(this.#needs.clock.now().getTime() - KEEP_MS)
  }
}

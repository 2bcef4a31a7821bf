export type BatcherOptions<Item, Result> = {
  /** Sends one batch; the results come in the order of the items. */
  send: (items: readonly Item[]) => Promise<readonly Result[]>
  maxItems: number
  /** Bytes of one batch; a larger item travels alone. No bound if absent. */
  maxBytes?: number
  sizeOf?: (item: Item) => number
  /** Items that may wait. */
  maxWaiting: number
}

/** Too much waits already: the caller should come back later. */
export class QueueFullError extends Error {
  override name = 'QueueFullError'
}

type Waiting<Item, Result> = {
  item: Item
  bytes: number
  resolve: (result: Result) => void
  reject: (err: unknown) => void
}

/** From this many on, what has left the front of the queue is cut off. */
const CUT_AFTER = 1024

/**
 * Sends items in batches, one batch at a time, in the order in which they came.
 *
 * There is no timer: a batch is what came while the one before it travelled. When nothing travels, an item
 * waits only for those that the same turn of the event loop reads from other sockets.
 */
export class Batcher<Item, Result> {
  #queue: Waiting<Item, Result>[] = []
  /** Where the queue begins: shift() of a long array would cost its length. */
  #first = 0
  #travelling = 0
  #isScheduled = false
  #idleWaiters: (() => void)[] = []

  constructor(readonly options: BatcherOptions<Item, Result>) {}

  /**
   * Hands over one item.
   *
   * @returns The result of this item.
   * @throws QueueFullError when too much waits already; else what `send` throws for its batch.
   */
  add(item: Item): Promise<Result> {
    if (this.#waiting() >= this.options.maxWaiting) {
      return Promise.reject(new QueueFullError('queue is full'))
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, bytes: this.options.sizeOf?.(item) ?? 0, resolve, reject })
      this.#schedule()
    })
  }

  /** Items that wait or travel. */
  size(): number {
    return this.#waiting() + this.#travelling
  }

  /** Resolves when nothing waits or travels any more. */
  async idle(): Promise<void> {
    if (this.size() === 0) return
    await new Promise<void>((resolve) => {
      this.#idleWaiters.push(resolve)
    })
  }

  #waiting(): number {
    return this.#queue.length - this.#first
  }

  #schedule(): void {
    if (this.#isScheduled || this.#travelling > 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#sendNext()
    })
  }

  async #sendNext(): Promise<void> {
    const batch = this.#take()
    this.#travelling = batch.length
    try {
      settle(batch, await this.options.send(batch.map(({ item }) => item)))
    } catch (err) {
      for (const { reject } of batch) reject(err)
    }
    this.#travelling = 0
    if (this.#waiting() > 0) this.#schedule()
    else for (const wake of this.#idleWaiters.splice(0)) wake()
  }

  #take(): Waiting<Item, Result>[] {
    const { maxItems, maxBytes = Infinity } = this.options
    const start = this.#first
    let end = start
    let bytes = 0
    while (end < this.#queue.length && end - start < maxItems) {
      bytes += this.#queue[end]?.bytes ?? 0
      if (end > start && bytes > maxBytes) break
      end += 1
    }
    const batch = this.#queue.slice(start, end)
    this.#first = end
    if (end === this.#queue.length || end > CUT_AFTER) {
      this.#queue = this.#queue.slice(end)
      this.#first = 0
    }
    return batch
  }
}

function settle<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  results: readonly Result[],
): void {
  batch.forEach(({ resolve, reject }, i) => {
    const result = results[i]
    if (result === undefined) reject(new Error('the answer has no result for this item'))
    else resolve(result)
  })
}

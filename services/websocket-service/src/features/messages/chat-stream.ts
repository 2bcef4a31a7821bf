import type { LogEntry, Message, UUID } from '@sup/types'

/** One numbered change of a chat, to be shown to its members; to those in `hiddenFor` it is void. */
export type LogItem = { seq: number; hiddenFor?: readonly UUID[] } & (
  { message: Message; entry?: never } | { entry: LogEntry; message?: never }
)

/** Held items of a chat; what is beyond comes with the fetch of the gap anyway. */
const MOST_HELD = 1000

/**
 * The order of one chat's stream on this node: takes items as they come, in any order, any number of times,
 * and gives each once, in the order of `seq`, without gaps.
 */
export class ChatStream {
  /** Everything up to here is in `#ready` or was given out; undefined until the baseline is known. */
  #last: number | undefined
  #expected = 0
  #ready: LogItem[] = []
  readonly #held = new Map<number, LogItem>()

  constructor(readonly chatId: UUID) {}

  /** Up to where items were given out; undefined until the baseline is known. */
  get position(): number | undefined {
    return this.#last === undefined ? undefined : this.#last - this.#ready.length
  }

  /** Up to where items came without a gap. */
  get last(): number {
    return this.#last ?? 0
  }

  /** The highest position that somebody said exists. */
  get expected(): number {
    return this.#expected
  }

  /** Something after `last` is known to exist and has not come. */
  get isBehind(): boolean {
    return this.#last !== undefined && this.#expected > this.#last
  }

  /** Sets where the stream starts; what came since the subscription goes on from there. */
  begin(head: number): void {
    this.#last = head
    this.#drainHeld()
  }

  /** The log went back, because the database was restored: the stream starts anew. */
  reset(head: number): void {
    this.#ready = []
    this.#held.clear()
    this.#expected = head
    this.#last = head
  }

  /** Takes an item. */
  offer(item: LogItem): void {
    if (item.seq > this.#expected) this.#expected = item.seq
    if (this.#last === undefined || item.seq > this.#last + 1) {
      if (this.#held.size < MOST_HELD) this.#held.set(item.seq, item)
      return
    }
    if (item.seq <= this.#last) return
    this.#ready.push(item)
    this.#last = item.seq
    if (this.#held.size > 0) this.#drainHeld()
  }

  /** Learns that the log reaches `seq`. */
  expect(seq: number): void {
    if (seq > this.#expected) this.#expected = seq
  }

  /**
   * Drops claims that the log does not bear out: it ended at `head` when it was read, and `claimed` was
   * expected before that. Real hints are published after their commit, so they are never beyond `head`;
   * what came while the log was read may be, and stays.
   */
  distrust(head: number, claimed: number): void {
    if (head >= claimed) return
    for (const seq of this.#held.keys()) if (seq > head && seq <= claimed) this.#held.delete(seq)
    this.#expected = Math.max(this.last, head, ...this.#held.keys())
  }

  /** Gives out what is in order. */
  takeReady(): LogItem[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  #drainHeld(): void {
    let last = this.#last ?? 0
    for (const seq of this.#held.keys()) if (seq <= last) this.#held.delete(seq)
    for (let next = this.#held.get(last + 1); next; next = this.#held.get(last + 1)) {
      this.#held.delete(next.seq)
      this.#ready.push(next)
      last = next.seq
    }
    this.#last = last
  }
}

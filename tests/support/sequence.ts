/** What one receiver has of one chat, by positions in its log. */
export type Sequence = {
  /** Notes that this position came. */
  take: (seq: number) => void
  /** Notes positions that were fetched instead; should one of them still come, it is dropped. */
  fill: (seqs: readonly number[]) => void
  /** The position that should come next. */
  next: () => number
  /** Positions up to `head` that never came. */
  missing: (head: number) => number[]
  isComplete: (head: number) => boolean
  /** How often a position came again. */
  duplicates: () => number
  /** How often a position came after a later one. */
  orderErrors: () => number
}

/** Verifies that every position after `base` comes once and in order. */
export function createSequence(base = 0): Sequence {
  let next = base + 1
  let duplicates = 0
  let orderErrors = 0
  const gaps = new Set<number>()
  const filled = new Set<number>()

  const skipTo = (seq: number): void => {
    for (; next < seq; next += 1) gaps.add(next)
  }
  return {
    take(seq) {
      if (seq >= next) {
        skipTo(seq)
        next = seq + 1
      } else if (gaps.delete(seq)) {
        orderErrors += 1
      } else if (!filled.delete(seq)) {
        duplicates += 1
      }
    },
    fill(seqs) {
      for (const seq of seqs) {
        skipTo(seq)
        if (seq === next) next += 1
        else gaps.delete(seq)
        filled.add(seq)
      }
    },
    next: () => next,
    missing(head) {
      const tail = Array.from({ length: Math.max(0, head + 1 - next) }, (_, index) => next + index)
      return [...gaps].filter((seq) => seq <= head).concat(tail)
    },
    isComplete: (head) => gaps.size === 0 && next > head,
    duplicates: () => duplicates,
    orderErrors: () => orderErrors,
  }
}

const BINS_PER_MS = 20
const LONGEST_MS = 10_000

/** Counts durations in bins of 0.05 ms up to 10 s, because keeping each would cost what is measured. */
export type Histogram = {
  add: (ms: number) => void
  count: () => number
  /** The duration that this share (0..1) does not exceed, in milliseconds; 0 when there is none. */
  quantile: (share: number) => number
}

export function createHistogram(): Histogram {
  const bins = new Uint32Array(LONGEST_MS * BINS_PER_MS + 1)
  let count = 0
  return {
    add(ms) {
      const bin = Math.min(bins.length - 1, Math.max(0, Math.floor(ms * BINS_PER_MS)))
      bins[bin] = (bins[bin] ?? 0) + 1
      count += 1
    },
    count: () => count,
    quantile(share) {
      if (count === 0) return 0
      const wanted = Math.max(1, Math.ceil(count * share))
      let seen = 0
      for (let bin = 0; bin < bins.length; bin += 1) {
        seen += bins[bin] ?? 0
        if (seen >= wanted) return (bin + 1) / BINS_PER_MS
      }
      return LONGEST_MS
    },
  }
}

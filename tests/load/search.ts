/** One tried rate. */
export type Tried<T> = { rate: number; isGood: boolean; report: T }

export type Search<T> = {
  /** The first rate to try. */
  start: number
  tryRate: (rate: number) => Promise<{ isGood: boolean; report: T }>
  /** True when there is no time for another step. */
  isOver: () => boolean
}

const STEP = 1.5
/** Close enough: the next step would be in the noise of the machine. */
const NEAR = 1.08
const LOWEST = 1

/**
 * Looks for the highest good rate: by half more while it goes well (by a third less until it does), then
 * between the best good one and the lowest bad one.
 */
export async function searchHighest<T>(search: Search<T>): Promise<Tried<T>[]> {
  const tried: Tried<T>[] = []
  let low: number | undefined
  let high: number | undefined
  let rate = Math.max(LOWEST, Math.round(search.start))
  while (!search.isOver()) {
    const { isGood, report } = await search.tryRate(rate)
    tried.push({ rate, isGood, report })
    if (isGood) low = Math.max(rate, low ?? 0)
    else high = Math.min(rate, high ?? Infinity)
    const next = nextRate(low, high)
    if (next === undefined || tried.some((step) => step.rate === next)) break
    rate = next
  }
  return tried
}

function nextRate(low: number | undefined, high: number | undefined): number | undefined {
  if (low === undefined) {
    const lower = Math.floor((high ?? LOWEST) / STEP)
    return lower < LOWEST ? undefined : lower
  }
  if (high === undefined) return Math.ceil(low * STEP)
  return high / low > NEAR ? Math.round(Math.sqrt(low * high)) : undefined
}

/** The best of the good ones; undefined when none was good. */
export function bestOf<T>(tried: readonly Tried<T>[]): Tried<T> | undefined {
  return tried
    .filter(({ isGood }) => isGood)
    .reduce<Tried<T> | undefined>(
      (best, step) => (best === undefined || step.rate > best.rate ? step : best),
      undefined,
    )
}

/**
 * Splits items into waves: no wave holds two items of one key, and each item is in the wave after its
 * predecessor of the same key. Whoever sends wave after wave keeps the order of every key.
 *
 * @param keyOf What the order is kept for.
 */
export function wavesOf<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const waves: T[][] = []
  const depths = new Map<string, number>()
  for (const item of items) {
    const key = keyOf(item)
    const depth = depths.get(key) ?? 0
    depths.set(key, depth + 1)
    const wave = (waves[depth] ??= [])
    wave.push(item)
  }
  return waves
}

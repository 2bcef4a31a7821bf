/** Ids that were seen lately. */
export type KnownIds = {
  /** @returns False when the id was known. */
  add(id: string): boolean
  /** Forgets what was not seen since the turn before this one. */
  turn(): void
}

/**
 * Remembers ids for one to two turns: rows come again as long as a transaction that began before them runs,
 * which is minutes at most, so there is no need to remember them for ever.
 */
export function createKnownIds(): KnownIds {
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    add(id) {
      const isKnown = young.has(id) || old.has(id)
      young.add(id)
      return !isKnown
    },
    turn() {
      old = young
      young = new Set()
    },
  }
}

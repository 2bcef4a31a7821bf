import type { UUID } from '@sup/types'

const MOST_KEPT = 20_000

export type Place = { chatId: UUID; seq: number }

/** Where the messages lie that plain clients were shown lately: they name messages, not positions. */
export type RecentPlaces = {
  note(messageId: UUID, place: Place): void
  placeOf(messageId: UUID): Place | undefined
}

export function createRecentPlaces(): RecentPlaces {
  const places = new Map<UUID, Place>()
  return {
    note(messageId, place) {
      places.set(messageId, place)
      const [oldest] = places.keys()
      if (places.size > MOST_KEPT && oldest !== undefined) places.delete(oldest)
    },
    placeOf: (messageId) => places.get(messageId),
  }
}

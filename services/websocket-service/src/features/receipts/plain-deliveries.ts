import type { Clock } from '@sup/service-kit/clock'
import type { Message, ReceiptItem, UUID } from '@sup/types'
import type { Io } from '../../io.js'
import type { RecentPlaces } from '../../recent-places.js'
import { plainRoom } from '../../rooms.js'

export type PlainNeeds = { io: Io; recent: RecentPlaces; clock: Clock }

/**
 * The delivery marks of the plain sockets of a chat after these messages were written to them: one per device.
 * Where the messages lie is remembered, because such clients name what they have read by message.
 */
export function plainDeliveries(
  { io, recent, clock }: PlainNeeds,
  chatId: UUID,
  messages: readonly Message[],
): ReceiptItem[] {
  for (const { id, seq } of messages) recent.note(id, { chatId, seq })
  const newest = messages.at(-1)
  if (!newest) return []
  const { adapter, sockets } = io.of('/')
  const at = clock.now().toISOString()
  const items: ReceiptItem[] = []
  for (const socketId of adapter.rooms.get(plainRoom(chatId)) ?? []) {
    const connection = sockets.get(socketId)?.data.connection
    if (!connection) continue
    const { userId, deviceId } = connection
    items.push({ userId, deviceId, chatId, deliveredSeq: newest.seq, at })
  }
  return items
}

import { LIMITS, type SocketHandshake } from '@sup/types'
import type { World } from '../sync/world.js'

/** Where this client stands, for a handshake: the heads of its most recent chats. */
export function standing({ epoch, tracks }: World): Pick<SocketHandshake, 'heads' | 'epoch'> {
  if (epoch === undefined) return {}
  const recent = [...tracks.values()]
    .sort((a, b) => (a.chat.updatedAt > b.chat.updatedAt ? -1 : 1))
    .slice(0, LIMITS.headsPerEvent)
  return { epoch, heads: Object.fromEntries(recent.map(({ chat, head }) => [chat.id, head.seq])) }
}

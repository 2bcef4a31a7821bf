import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, getPresence as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { profileStore } from './profile-store.js'
import { readLivePresence } from './read-live-presence.js'

/** Who is there, of those who let the caller see it; everybody else, known or not, is offline. */
export async function getPresence(
  needs: Needs<'db' | 'redis' | 'clock' | 'log'>,
  { userId }: Caller,
  { query: { ids } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const asked = [...new Set(ids)]
  const rows = await profileStore(needs.db).presence(userId, asked)
  const known = new Map(rows.map((row) => [row.id, row]))
  const visible = rows.filter((row) => row.seesPresence).map((row) => row.id)
  const live = await readLivePresence(needs, visible)
  return asked.map((id) => {
    const row = known.get(id)
    if (!row) return { userId: id, status: 'offline' as const }
    // Without Redis the stored status is the best there is.
    const status = row.seesPresence ? (live?.get(id) ?? row.status) : 'offline'
    return { userId: id, status, ...(row.lastSeen === null ? {} : { lastSeen: row.lastSeen }) }
  })
}

import type { Output, runJob } from '@sup/types'
import type { Needs } from '../../deps.js'
import { lockAccount } from '../auth/public.js'
import { announceDiscarded, discardDevice } from '../devices/public.js'
import { PRUNABLE, pruneStore } from './prune-store.js'

type Needed = Needs<'db' | 'clock' | 'hints' | 'redis' | 'log'>

/**
 * Deletes sessions, refresh tokens, revocations, idempotency keys, codes and finished duties that nothing can use
 * any more, and removes devices without keys and session. Safe to repeat, also by two at once.
 *
 * @returns How many went in this step, at most `limit`, and how many of the next step's are known.
 */
export async function pruneSessions(
  needs: Needed,
  { limit, userId = null }: { limit: number; userId?: string | null | undefined },
): Promise<Output<typeof runJob>> {
  const { db, clock } = needs
  const at = clock.now().toISOString()
  const rows = pruneStore(db)
  let done = 0
  for (const table of PRUNABLE) {
    if (done < limit) done += await rows.delete(table, { at, userId, limit: limit - done })
  }
  if (done < limit) done += await removeIdleDevices(needs, at, limit - done)
  const counts = await Promise.all(
    PRUNABLE.map((table) => rows.count(table, { at, userId, limit })),
  )
  const devices = await rows.idleDevices({ at, limit })
  return { done, remaining: counts.reduce((sum, count) => sum + count, devices.length) }
}

async function removeIdleDevices(needs: Needed, at: string, limit: number): Promise<number> {
  let removed = 0
  for (const { id, userId } of await pruneStore(needs.db).idleDevices({ at, limit })) {
    const discarded = await needs.db.tx('prune-device', async (tx) => {
      await lockAccount(tx, userId)
      // Somebody may have logged in on it since it was found.
      const [still] = await pruneStore(tx).idleDevices({ at, limit: 1, deviceId: id })
      return still && discardDevice(tx, needs, { userId, deviceId: id })
    })
    if (!discarded) continue
    removed += 1
    await announceDiscarded(needs, discarded)
  }
  return removed
}

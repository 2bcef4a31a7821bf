import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './database.js'
import { mapDatabaseError } from './database-error.js'

const PROBE_MS = 2000

// A machine that vanishes says no goodbye. With the server's default it would keep the lock for two hours;
// so the server asks after 5 s of silence and frees the lock some 6 s later.
const TRY = `
  SELECT pg_try_advisory_lock($1) AS ours,
         set_config('tcp_keepalives_idle', '5', false),
         set_config('tcp_keepalives_interval', '2', false),
         set_config('tcp_keepalives_count', '3', false)`

/** An advisory lock that this process holds as long as its connection lives. */
export type HeldLock = {
  isHeld: () => boolean
  /** Resolves when the lock is lost or released. */
  readonly lost: Promise<void>
  release: () => Promise<void>
}

/**
 * Tries to become the one leader for a task, on a connection of its own.
 *
 * Postgres frees the lock when the connection ends, so a leader that dies is followed by another. A
 * leader must stop as soon as `lost` resolves; the connection is probed every two seconds.
 *
 * @param key Number of the lock, unique to the task.
 * @returns Undefined when somebody else leads.
 */
export async function holdLock(db: Database, key: number): Promise<HeldLock | undefined> {
  let isHeld = true
  let tellLost: () => void = () => undefined
  const lost = new Promise<void>((resolve) => {
    tellLost = resolve
  })
  const end = (): void => {
    isHeld = false
    tellLost()
  }
  const connection = await db.driver
    .connect({ direct: true, onLost: end })
    .catch((err: unknown) => {
      throw mapDatabaseError(err)
    })
  const close = async (): Promise<void> => {
    end()
    await Promise.resolve(connection.done()).catch(() => undefined)
  }
  const isOurs = await connection
    .one(TRY, [key], (row: { ours: boolean }) => row.ours)
    .catch(async (err: unknown) => {
      await close()
      throw mapDatabaseError(err)
    })
  if (!isOurs) {
    await close()
    return undefined
  }
  const stillHeld = (): boolean => isHeld
  const probe = async (): Promise<void> => {
    while (stillHeld()) {
      await Promise.race([sleep(PROBE_MS, undefined, { ref: false }), lost])
      if (stillHeld()) await connection.one('SELECT 1')
    }
  }
  probe().catch(close)
  return { isHeld: stillHeld, lost, release: close }
}

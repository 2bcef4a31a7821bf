import type { Caller } from '@sup/service-kit/http'
import type { Output, PushLogEntry, listPushLog as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { present } from '../../rows.js'
import { pushLogStore } from './push-log-store.js'

/** What happened to the pushes of the own devices, and why. */
export async function listPushLog(
  { db, clock }: Needs<'db' | 'clock'>,
  { userId }: Caller,
): Promise<Output<typeof contract>> {
  const byDevice = new Map<string, PushLogEntry[]>()
  for (const row of await pushLogStore(db).list({ userId, now: clock.now() })) {
    const { deviceId, ...entry } = present(row)
    byDevice.set(deviceId, [...(byDevice.get(deviceId) ?? []), entry])
  }
  return [...byDevice].map(([deviceId, entries]) => ({ deviceId, entries }))
}

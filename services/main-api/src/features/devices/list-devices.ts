import { type Answer, type Caller, answer } from '@sup/service-kit/http'
import type { Input, Output, listDevices as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { deviceStore } from './device-store.js'

/** The devices of the caller, newest first. */
export async function listDevices(
  { db }: Needs<'db'>,
  { userId, deviceId }: Caller,
  { query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const offset = toOffset(query)
  const devices = deviceStore(db)
  const [rows, total] = await Promise.all([
    devices.list({ userId, limit: query.limit, offset }),
    devices.count(userId),
  ])
  return answer(
    rows.map((device) => ({ ...device, current: device.id === deviceId })),
    { meta: pageMeta(query, { offset, count: rows.length, total }) },
  )
}

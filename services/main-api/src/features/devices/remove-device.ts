import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, notFound, type removeDevice as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { announceDiscarded, discardDevice } from './discard-device.js'

/** Removes an own device, which may be the one that asks. */
export async function removeDevice(
  needs: Needs<'db' | 'clock' | 'hints' | 'redis' | 'log'>,
  { userId }: Caller,
  { params: { deviceId } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const discarded = await needs.db.tx('remove-device', (tx) =>
    discardDevice(tx, needs, { userId, deviceId }),
  )
  if (!discarded) throw new AppError(notFound)
  await announceDiscarded(needs, discarded)
  return {}
}

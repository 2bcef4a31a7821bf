import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, notFound, type renameDevice as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { deviceStore } from './device-store.js'

/** Names an own device; the same name again changes nothing and tells nobody. */
export async function renameDevice(
  needs: Needs<'db' | 'clock' | 'hints'>,
  { userId, deviceId }: Caller,
  { params, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const key = { userId, id: params.deviceId }
  const { device, change } = await needs.db.tx('rename-device', async (tx) => {
    const isRenamed = await deviceStore(tx).rename(key, body.name.normalize('NFC'))
    const device = await deviceStore(tx).find(key)
    if (!device) throw new AppError(notFound)
    const change = isRenamed
      ? // Who reads the change decides whether it is about the device it runs on.
        await accountChanges(tx, needs).add(userId, {
          type: 'device',
          device: { ...device, current: false },
        })
      : undefined
    return { device, change }
  })
  if (change) await hintAccount(needs, userId, change, deviceId)
  return { ...device, current: device.id === deviceId }
}

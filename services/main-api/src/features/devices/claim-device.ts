import type { Sql } from '@sup/service-kit/postgres'
import type { DeviceInput } from '@sup/types'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { type StoredDevice, deviceStore } from './device-store.js'
import { type Discarded, discardDevice } from './discard-device.js'

/**
 * The device of a log-in: an own one that the client names, else a new one without keys.
 *
 * @param tx The transaction, which holds the lock of the account: numbers are given one at a time.
 * @returns `made` when the device is new; `discarded` when it needed the number of a device still in use.
 */
export async function claimDevice(
  tx: Sql,
  { clock }: Needs<'clock'>,
  { userId, device }: { userId: string; device: DeviceInput | undefined },
): Promise<{ device: StoredDevice; isNew: boolean; discarded?: Discarded }> {
  const devices = deviceStore(tx)
  const at = clock.now().toISOString()
  const known = device?.id === undefined ? null : await devices.find({ userId, id: device.id })
  if (known) {
    await devices.seen(known.id, at)
    return { device: { ...known, lastSeenAt: at }, isNew: false }
  }
  const { deviceNumber, discarded } = await takeNumber(tx, { clock }, userId)
  const made = {
    id: newId({ clock }),
    deviceNumber,
    name: device?.name?.normalize('NFC') ?? 'Unknown device',
    platform: device?.platform ?? 'other',
  }
  await devices.insert({ ...made, userId, at })
  return {
    device: { ...made, hasKeys: false, approved: false, createdAt: at, lastSeenAt: at },
    isNew: true,
    ...(discarded ? { discarded } : {}),
  }
}

async function takeNumber(
  tx: Sql,
  needs: Needs<'clock'>,
  userId: string,
): Promise<{ deviceNumber: number; discarded?: Discarded | undefined }> {
  const devices = deviceStore(tx)
  const free = await devices.freeNumber(userId)
  if (free !== null) return { deviceNumber: free }
  const { id, deviceNumber, isRemoved } = await devices.longestUnused(userId)
  const discarded = isRemoved ? undefined : await discardDevice(tx, needs, { userId, deviceId: id })
  await devices.delete(id)
  return { deviceNumber, discarded }
}

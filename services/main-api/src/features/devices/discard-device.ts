import type { Sql } from '@sup/service-kit/postgres'
import type { AccountChange, Revocation } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type EndedSessions, announceEnded, endSessions, lockAccount } from '../auth/public.js'
import { hintRevocations, revocations } from '../revocations/public.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { deviceStore } from './device-store.js'

/** A device that was removed in a transaction; announced after its commit. */
export type Discarded = {
  userId: string
  ended: EndedSessions
  revocations: Revocation[]
  change: AccountChange
}

/**
 * Removes a device: its sessions end, its keys and marks are deleted, its row stays for its number.
 *
 * @param tx The transaction; `announceDiscarded` follows its commit.
 * @returns Undefined when the account has no such device.
 */
export async function discardDevice(
  tx: Sql,
  { clock }: Needs<'clock'>,
  { userId, deviceId }: { userId: string; deviceId: string },
): Promise<Discarded | undefined> {
  await lockAccount(tx, userId)
  const devices = deviceStore(tx)
  const key = { userId, id: deviceId }
  if (await devices.hasKeys(key)) await devices.bumpChats(await devices.lockChats(userId))
  if (!(await devices.remove(key, clock.now().toISOString()))) return undefined
  await devices.dropPossessions(deviceId)
  return {
    userId,
    ended: await endSessions(tx, { clock }, { userId, deviceId }),
    revocations: await revocations(tx, { clock }).add({ kind: 'device', userId, deviceId }),
    change: await accountChanges(tx, { clock }).add(userId, { type: 'device_removed', deviceId }),
  }
}

/** Makes the removal known at once, after the commit; never fails. */
export async function announceDiscarded(
  needs: Needs<'hints' | 'redis' | 'log'>,
  { userId, ended, revocations: written, change }: Discarded,
): Promise<void> {
  await Promise.all([
    announceEnded(needs, ended),
    hintRevocations(needs, written),
    hintAccount(needs, userId, change),
  ])
}

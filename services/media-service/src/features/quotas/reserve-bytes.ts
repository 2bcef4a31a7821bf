import { AppError } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import { LIMITS, limitReached, quotaExceeded } from '@sup/types'
import { quotaStore } from './quota-store.js'

/**
 * `bytes`: what comes in addition to what is reserved already. `isOpen`: for an upload that counts as open.
 */
export type Wish = { bytes: number; limitBytes: number; isOpen?: boolean }

/**
 * Makes sure that a file of `bytes` still fits the account. The caller writes its row in the same transaction;
 * others of this account wait for its end, so that two files never share the last free bytes.
 *
 * @returns How many bytes stay free.
 * @throws AppError `QUOTA_EXCEEDED`; `LIMIT_REACHED` when too many uploads are open.
 */
export async function reserveBytes(
  tx: Sql,
  userId: string,
  { bytes, limitBytes, isOpen = false }: Wish,
): Promise<number> {
  const store = quotaStore(tx)
  await store.lock(userId)
  const { usedBytes, openUploads } = await store.read(userId)
  if (!isOpen && openUploads >= LIMITS.openUploads) throw new AppError(limitReached)
  const free = limitBytes - usedBytes - bytes
  // What takes less than was reserved always fits, also when the limit was lowered meanwhile.
  if (free < 0 && bytes > 0) throw new AppError(quotaExceeded)
  return free
}

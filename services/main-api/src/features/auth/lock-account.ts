import type { Sql } from '@sup/service-kit/postgres'
import { accountStore } from './account-store.js'

/**
 * Makes whatever gives an account sessions and devices, or takes them away, happen one after the other:
 * without it a log-in could open a session on a device that is being removed.
 *
 * @returns Undefined when the account is unknown or deleted.
 */
export async function lockAccount(
  tx: Sql,
  userId: string,
): Promise<{ isSuspended: boolean } | undefined> {
  return (await accountStore(tx).lock(userId)) ?? undefined
}

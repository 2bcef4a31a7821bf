import type { Sql } from '@sup/service-kit/postgres'
import { type AccountChange, type PrivateUser, type UserProfile, userChannel } from '@sup/types'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { accountChangeStore } from './account-change-store.js'
import { profileStore } from './profile-store.js'

type WithoutTime<C> = C extends AccountChange ? Omit<C, 'at'> : never
/** An account change before it is stored: `type` and its members. */
export type NewAccountChange = WithoutTime<AccountChange>

/**
 * Profiles as a viewer may see them, by id, in one query; the status is the stored one. Unknown and deleted
 * accounts are left out.
 */
export async function readProfiles(
  sql: Sql,
  viewerId: string,
  userIds: readonly string[],
): Promise<Map<string, UserProfile>> {
  if (userIds.length === 0) return new Map()
  const profiles = await profileStore(sql).profiles(viewerId, userIds)
  return new Map(profiles.map((profile) => [profile.id, profile]))
}

/** Is a file the picture of somebody who shows theirs to this viewer? */
export const seesAvatar = (sql: Sql, viewerId: string, avatarUrl: string): Promise<boolean> =>
  profileStore(sql).seesAvatar(viewerId, avatarUrl)

/** Usernames by id; unknown and deleted accounts are left out. */
export async function readUsernames(
  sql: Sql,
  userIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await profileStore(sql).usernames(userIds)
  return new Map(rows.map(({ id, username }) => [id, username]))
}

/** An account as it sees itself; null when it is unknown or deleted. */
export const readPrivateUser = (sql: Sql, userId: string): Promise<PrivateUser | null> =>
  profileStore(sql).privateUser(userId)

/**
 * Changes of accounts, stored for sync in the transaction of the change itself. After the commit each is
 * announced with `hintAccount`.
 */
export function accountChanges(
  tx: Sql,
  { clock }: Needs<'clock'>,
): { add(userId: string, change: NewAccountChange): Promise<AccountChange> } {
  return {
    add: async (userId, change) => {
      const at = clock.now().toISOString()
      const { type, ...body } = change
      await accountChangeStore(tx).insert({ id: newId({ clock }), userId, type, body, at })
      return { ...change, at }
    },
  }
}

/**
 * Tells the devices of an account about a committed change; never fails.
 *
 * @param exceptDevice The device that made the change, which has the answer already.
 */
export async function hintAccount(
  { hints }: Needs<'hints'>,
  userId: string,
  change: AccountChange,
  exceptDevice?: string,
): Promise<void> {
  await hints.publish(userChannel(userId), {
    type: 'account',
    change,
    ...(exceptDevice === undefined ? {} : { exceptDevice }),
  })
}

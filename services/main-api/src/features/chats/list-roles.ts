import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, type listRoles as contract, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { memberStore } from './member-store.js'
import { roleStore } from './role-store.js'

/** Roles of a chat that the caller is in, highest first. */
export async function listRoles(
  { db }: Needs<'db'>,
  { userId }: Caller,
  { params: { id } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  if (!(await memberStore(db).memberships(id, [userId])).has(userId)) throw new AppError(notFound)
  return roleStore(db).list(id)
}

import { AppError, type ServiceCaller } from '@sup/service-kit/http'
import { type Input, type Output, type readMemberships as contract, notFound } from '@sup/types'
import type { Needs } from '../../deps.js'
import { nodeStore } from './node-store.js'

/** All chats of a user, latest activity first; marks of delivery are those of the device acted for. */
export async function readMemberships(
  { db }: Needs<'db'>,
  caller: ServiceCaller,
  { params: { userId } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const store = nodeStore(db)
  const person = await store.person(userId)
  if (!person) throw new AppError(notFound)
  const epoch = await store.epoch()
  const version = await store.userVersion(userId)
  const memberships = await store.memberships(userId, caller.onBehalfOf?.deviceId)
  return { epoch, version, memberships, ...person }
}

import type { ServiceCaller } from '@sup/service-kit/http'
import type { Input, Output, storePresence as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { userStore } from './user-store.js'

/** Stores status and last seen of people; of several items about one person the last counts. */
export async function storePresence(
  { db }: Needs<'db'>,
  _caller: ServiceCaller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const newest = new Map(body.items.map((item) => [item.userId, item]))
  await userStore(db).storePresence([...newest.values()])
  return {}
}

import { AppError } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  Uuid,
  type readAudience as contract,
  notFound,
  validationError,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { nodeStore } from './node-store.js'

/** Who may see the presence of a user, by id. */
export async function readAudience(
  { db }: Needs<'db'>,
  { params: { userId }, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const after = query.cursor === undefined ? null : Uuid.safeParse(query.cursor)
  if (after && !after.success) {
    throw new AppError(validationError, [
      { path: 'cursor', message: 'is not a cursor of this list' },
    ])
  }
  const store = nodeStore(db)
  if (!(await store.person(userId))) throw new AppError(notFound)
  const version = await store.userVersion(userId)
  const limit = query.limit + 1
  const userIds = await store.audience({ userId, after: after?.data ?? null, limit })
  const page = userIds.slice(0, query.limit)
  const next = userIds.length > page.length ? page.at(-1) : undefined
  return { version, userIds: page, ...(next === undefined ? {} : { nextCursor: next }) }
}

import { type Answer, type Caller, answer } from '@sup/service-kit/http'
import type { Input, Output, listSessions as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { present } from '../../rows.js'
import { sessionStore } from './session-store.js'

/** The live sessions of the caller, newest first. */
export async function listSessions(
  { db, clock }: Needs<'db' | 'clock'>,
  { userId, sessionId }: Caller,
  { query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const offset = toOffset(query)
  const at = clock.now().toISOString()
  const sessions = sessionStore(db)
  const [rows, total] = await Promise.all([
    sessions.list({ userId, at, limit: query.limit, offset }),
    sessions.count(userId, at),
  ])
  return answer(
    rows.map((row) => ({ ...present(row), current: row.id === sessionId })),
    { meta: pageMeta(query, { offset, count: rows.length, total }) },
  )
}

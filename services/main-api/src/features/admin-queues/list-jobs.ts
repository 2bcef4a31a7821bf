import type { Caller } from '@sup/service-kit/http'
import { type Input, type Output, QUEUES, type listJobs as contract } from '@sup/types'
import type { Needs } from '../../deps.js'

/** Jobs of one state, newest first in each queue, without what they are about. */
export async function listJobs(
  { jobDesk }: Needs<'jobDesk'>,
  _caller: Caller,
  { query: { queue, state, limit } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const names = queue === undefined ? Object.values(QUEUES) : [queue]
  const lists = await Promise.all(
    names.map(async (name) => {
      const notes = await jobDesk.list(name, state, limit)
      return notes.map(({ finishedAt, failedReason, ...note }) => ({
        queue: name,
        ...note,
        ...(finishedAt === undefined ? {} : { finishedAt }),
        ...(failedReason === undefined ? {} : { failedReason }),
      }))
    }),
  )
  return lists.flat().slice(0, limit)
}

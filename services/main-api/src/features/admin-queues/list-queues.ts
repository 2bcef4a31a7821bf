import { type Output, QUEUES, type QueueName, type listQueues as contract } from '@sup/types'
import type { Needs } from '../../deps.js'

const NOTHING = { ready: 0, retry: 0, dead: 0 }

/** Every queue with what waits in it, its dead letters and its jobs. A queue that no worker has asked for is empty. */
export async function listQueues(
  needs: Needs<'duties' | 'jobDesk'>,
): Promise<Output<typeof contract>> {
  return Promise.all(Object.values(QUEUES).map((name) => describe(needs, name)))
}

async function describe(
  { duties, jobDesk }: Needs<'duties' | 'jobDesk'>,
  name: QueueName,
): Promise<Output<typeof contract>[number]> {
  const [found, jobs] = await Promise.all([duties.inspectQueue(name), jobDesk.counts(name)])
  const counts = found ?? NOTHING
  const [oldest] = counts.dead > 0 ? await duties.peekDead(name, 1) : []
  const at = oldest?.buriedAt ?? oldest?.publishedAt
  return {
    name,
    isDeclared: found !== undefined,
    ...counts,
    ...(at === undefined ? {} : { oldestDeadAt: at }),
    jobs,
  }
}

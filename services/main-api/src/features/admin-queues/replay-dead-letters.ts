import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, notFound, type replayDeadLetters as contract } from '@sup/types'
import type { Needs } from '../../deps.js'

/**
 * Puts dead letters back into their queue as if they were new. What fails again is buried again; a limit is one of
 * messages that lie there now, so nothing goes round in a circle.
 */
export async function replayDeadLetters(
  { duties }: Needs<'duties'>,
  _caller: Caller,
  { params: { queue }, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  if (!(await duties.inspectQueue(queue))) throw new AppError(notFound)
  const ids = [...new Set(body.ids)]
  const replayed = await duties.replayDead(
    queue,
    body.limit === undefined ? { ids } : { limit: body.limit },
  )
  return { replayed, missing: ids.filter((id) => !replayed.includes(id)) }
}

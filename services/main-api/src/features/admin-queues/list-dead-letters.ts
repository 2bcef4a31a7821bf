import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  QUEUES,
  forbidden,
  notFound,
  type listDeadLetters as contract,
} from '@sup/types'
import { createHash } from 'node:crypto'
import type { Needs } from '../../deps.js'

/**
 * The oldest dead letters of a queue; they stay there. A body is told by its size and its hash, and shown only when
 * that is asked for. Those of e-mails hold addresses and are never shown.
 */
export async function listDeadLetters(
  { duties }: Needs<'duties'>,
  _caller: Caller,
  { params: { queue }, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const withBody = query.body === '1'
  if (withBody && queue === QUEUES.EMAILS) throw new AppError(forbidden)
  if (!(await duties.inspectQueue(queue))) throw new AppError(notFound)
  const letters = await duties.peekDead(queue, query.limit)
  return letters.map(({ content, publishedAt, buriedAt, ...letter }) => ({
    ...letter,
    ...(publishedAt === undefined ? {} : { publishedAt }),
    ...(buriedAt === undefined ? {} : { buriedAt }),
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    ...(withBody ? { body: content.toString('utf8') } : {}),
  }))
}

import { QUEUES } from '@sup/types'
import type { Needs } from '../../deps.js'
import { queueCleanup } from './queue-cleanup.js'

const BINDING = 'cleanup.#'

/** Consumes `cleanup`: each message becomes a job of the same id and is then acknowledged. */
export async function consumeCleanup(needs: Needs<'duties' | 'cleanupJobs'>): Promise<void> {
  const { duties } = needs
  await duties.declareQueue(QUEUES.CLEANUP, BINDING)
  await duties.consume(QUEUES.CLEANUP, (delivery) => queueCleanup(needs, delivery))
}

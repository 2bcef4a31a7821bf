import type { RunningJob } from '@sup/service-kit/jobs'
import type { Needs } from './deps.js'
import { processedStore } from './processed-store.js'

/**
 * Runs the effect of a job unless it was confirmed before, and confirms it.
 *
 * The confirmation is what finishes the outbox row behind the job (docs/subsystems/duties.md). A crash between
 * the effect and the confirmation runs the effect again, so it must be safe to repeat.
 *
 * @param queue One of `QUEUES`.
 * @throws What the effect threw: Bull tries the job again, and after its last attempt the relay does.
 */
export async function once(
  { db, log }: Needs<'db' | 'log'>,
  queue: string,
  { id, name }: Pick<RunningJob, 'id' | 'name'>,
  effect: () => Promise<void>,
): Promise<void> {
  const processed = processedStore(db)
  if (await processed.has(id)) {
    log.info('A job of this id has had its effect', { job: id })
    return
  }
  await effect()
  await processed.add({ id, queue, name })
}

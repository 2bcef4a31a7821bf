import { QUEUES, pruneSessions, runDigests, sweepMedia } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type Intake, takeIn } from '../../job-intake.js'

/** The queue `cleanup` and the kinds of clean-up that somebody executes. */
export const cleanupIntake = ({ cleanupJobs }: Needs<'cleanupJobs'>): Intake => ({
  queue: QUEUES.CLEANUP,
  bindingKey: 'cleanup.#',
  jobs: cleanupJobs,
  kinds: [pruneSessions, sweepMedia, runDigests],
})

export const consumeCleanup = (needs: Needs<'duties' | 'cleanupJobs'>): Promise<void> =>
  takeIn(needs.duties, cleanupIntake(needs))

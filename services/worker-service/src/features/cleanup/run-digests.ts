import type { RunningJob } from '@sup/service-kit/jobs'
import { type CleanupDuty, QUEUES } from '@sup/types'
import type { Needs } from '../../deps.js'
import { once } from '../../once.js'
import { runSteps } from './run-steps.js'

/** A step reads all that each account has missed, within the time of one request. */
const ACCOUNTS_PER_STEP = 50

/**
 * Has main-api request the digests that are due, step by step. Safe to repeat: main-api marks each account with the
 * day of its digest in the transaction that requests it.
 *
 * @throws What the steps threw: the job is tried again.
 */
export const runDigestJob = (
  needs: Needs<'db' | 'mainApi' | 'clock' | 'log'>,
  duty: CleanupDuty,
  job: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> => once(needs, QUEUES.CLEANUP, job, () => runSteps(needs, duty, ACCOUNTS_PER_STEP))

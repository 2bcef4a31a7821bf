import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { listDeadLetters } from './list-dead-letters.js'
import { listJobs } from './list-jobs.js'
import { listQueues } from './list-queues.js'
import { replayDeadLetters } from './replay-dead-letters.js'
import { retryJob } from './retry-job.js'

export function adminQueueRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.listQueues, () => listQueues(deps))
  serve(router, contract.listDeadLetters, (caller, input) => listDeadLetters(deps, caller, input))
  serve(router, contract.replayDeadLetters, (caller, input) =>
    replayDeadLetters(deps, caller, input),
  )
  serve(router, contract.listJobs, (caller, input) => listJobs(deps, caller, input))
  serve(router, contract.retryJob, (caller, input) => retryJob(deps, caller, input))
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { runJob } from './run-job.js'

/** For services only. */
export function jobInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.runJob, (caller, input) => runJob(deps, caller, input))
  return router
}

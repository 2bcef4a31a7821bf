import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { listRevocations } from './list-revocations.js'

/** For services only. */
export function revocationInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.listRevocations, (caller, input) => listRevocations(deps, caller, input))
  return router
}

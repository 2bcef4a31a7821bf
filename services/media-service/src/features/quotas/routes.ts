import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { getQuota } from './get-quota.js'

export function quotaRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.getQuota, (caller) => getQuota(deps, caller))
  return router
}

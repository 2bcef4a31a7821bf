import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { administrators } from './administrators.js'
import { bootstrapAdmin } from './bootstrap-admin.js'

export { administrators }

/** For services only. */
export function adminInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.bootstrapAdmin, (caller, input) => bootstrapAdmin(deps, caller, input))
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { unsubscribe } from './unsubscribe.js'

export function mailRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.unsubscribe, (caller, input) => unsubscribe(deps, caller, input))
  return router
}

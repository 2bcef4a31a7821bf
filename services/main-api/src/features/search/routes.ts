import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { searchUsers } from './search-users.js'

export function searchRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.searchUsers, (caller, input) => searchUsers(deps, caller, input))
  return router
}

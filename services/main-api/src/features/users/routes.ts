import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { getPresence } from './get-presence.js'
import { getUser } from './get-user.js'
import { storePresence } from './store-presence.js'
import { updateUser } from './update-user.js'

export function userRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.getPresence, (caller, input) => getPresence(deps, caller, input))
  serve(router, contract.getUser, (caller, input) => getUser(deps, caller, input))
  serve(router, contract.updateUser, (caller, input) => updateUser(deps, caller, input))
  return router
}

/** For services only. */
export function userInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.storePresence, (caller, input) => storePresence(deps, caller, input))
  return router
}

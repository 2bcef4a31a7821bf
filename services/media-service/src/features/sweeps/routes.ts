import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { checkStorage } from './check-storage.js'
import { deleteMedia } from './delete-media.js'
import { sweepMedia } from './sweep-media.js'

/** For worker-service, whose schedule and duties call them. */
export function sweepInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.runSweepMedia, (caller, input) => sweepMedia(deps, caller, input))
  serve(router, contract.runDeleteMedia, (caller, input) => deleteMedia(deps, caller, input))
  serve(router, contract.checkStorage, (caller, input) => checkStorage(deps, caller, input))
  return router
}

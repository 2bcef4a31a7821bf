import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { announceFile } from './announce-file.js'
import { authorizeFile } from './authorize-file.js'

/** For services only. */
export function mediaInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.authorizeMedia, (_caller, input) => authorizeFile(deps, input))
  serve(router, contract.publishMediaState, (_caller, input) => announceFile(deps, input))
  return router
}

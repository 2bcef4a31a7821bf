import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { getStorage } from './get-storage.js'

export function adminStorageRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.getStorage, () => getStorage(deps))
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { deleteFile } from './delete-file.js'
import { getFile } from './get-file.js'

export function fileRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.getFile, (caller, input) => getFile(deps, caller, input))
  serve(router, contract.deleteFile, (caller, input) => deleteFile(deps, caller, input))
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { cancelUpload } from './cancel-upload.js'
import { completeUpload } from './complete-upload.js'
import { createUpload } from './create-upload.js'
import { getUpload } from './get-upload.js'
import { presignParts } from './presign-parts.js'
import { receiveUpload } from './receive-upload.js'

export function uploadRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.uploadFile, (caller, input) => receiveUpload(deps, caller, input))
  serve(router, contract.createUpload, (caller, input) => createUpload(deps, caller, input))
  serve(router, contract.getUpload, (caller, input) => getUpload(deps, caller, input))
  serve(router, contract.presignParts, (caller, input) => presignParts(deps, caller, input))
  serve(router, contract.completeUpload, (caller, input) => completeUpload(deps, caller, input))
  serve(router, contract.cancelUpload, (caller, input) => cancelUpload(deps, caller, input))
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { downloadFile } from './download-file.js'
import { getFileUrl } from './get-file-url.js'
import { readThumbnail } from './read-thumbnail.js'

export function downloadRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.downloadFile, (caller, input) => downloadFile(deps, caller, input))
  serve(router, contract.readThumbnail, (caller, input) => readThumbnail(deps, caller, input))
  serve(router, contract.getFileUrl, (caller, input) => getFileUrl(deps, caller, input))
  return router
}

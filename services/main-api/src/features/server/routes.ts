import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { getServer } from './get-server.js'
import { API_DOCUMENTS, serveDocument } from './serve-document.js'

/** @param documents Folder of the generated API documents, ending in a slash. */
export function serverRoutes(deps: Deps, documents: URL = API_DOCUMENTS): Router {
  const router = Router()
  serve(router, contract.getServer, (caller) => getServer(deps, caller))
  for (const name of ['openapi.json', 'asyncapi.json']) {
    router.get(`/api/v1/${name}`, serveDocument(new URL(name, documents)))
  }
  return router
}

import { AppError, serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps, Needs } from '../../deps.js'
import { announceFile } from './announce-file.js'
import { authorizeFile } from './authorize-file.js'

const PATH = '/api/v1/media'
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i

/** Everything about files is passed on to media-service, which recognises and limits the caller itself. */
export function mediaRoutes({ media }: Needs<'media'>): Router {
  const router = Router()
  router.use(PATH, async (req, res) => {
    res.locals['route'] = `${PATH}/*`
    if (DOT_SEGMENT.test(req.path)) throw new AppError(contract.notFound)
    await media.forward(req, res)
  })
  return router
}

/** For services only. */
export function mediaInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.authorizeMedia, (_caller, input) => authorizeFile(deps, input))
  serve(router, contract.publishMediaState, (_caller, input) => announceFile(deps, input))
  return router
}

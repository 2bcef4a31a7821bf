import { AppError, serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { type RequestHandler, Router } from 'express'
import type { Deps } from '../../deps.js'
import { administrators } from '../admin/public.js'
import { BOARD_PATH, readPass } from './board-pass.js'
import { createBoardLink } from './create-board-link.js'

/** The board is there for administrators alone, and made when the first of them asks. */
export function adminBoardRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.createBullLink, (caller) => Promise.resolve(createBoardLink(deps, caller)))
  let board: RequestHandler | undefined
  router.use(BOARD_PATH, async (req, res, next) => {
    res.locals['route'] = `${BOARD_PATH}/*`
    const person = readPass(deps, req.headers.cookie)
    const isAdmin = person && (await administrators(deps).find(person))
    if (!isAdmin) throw new AppError(contract.notFound)
    const { createBoard } = await import('./board.js')
    board ??= createBoard(deps)
    await board(req, res, next)
  })
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { listReceipts } from './list-receipts.js'
import { deliverChatUpTo, readChatUpTo, readMessageUpTo } from './mark-chat.js'
import { moveReceipts } from './move-receipts.js'

export function receiptRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.markChatRead, (caller, input) => readChatUpTo(deps, caller, input))
  serve(router, contract.markChatDelivered, (caller, input) => deliverChatUpTo(deps, caller, input))
  serve(router, contract.markMessageRead, (caller, input) => readMessageUpTo(deps, caller, input))
  serve(router, contract.listReceipts, (caller, input) => listReceipts(deps, caller, input))
  return router
}

export function receiptInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.moveReceipts, async (_caller, { body }) => ({
    results: await moveReceipts(deps, body.items),
  }))
  return router
}

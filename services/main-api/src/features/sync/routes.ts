import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { getChatLog } from './get-chat-log.js'
import { listHeads } from './list-heads.js'
import { readServiceEntries } from './read-service-entries.js'
import { syncChats } from './sync-chats.js'
import { sync } from './sync.js'

export function syncRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.sync, (caller, input) => sync(deps, caller, input))
  serve(router, contract.syncChats, (caller, input) => syncChats(deps, caller, input))
  serve(router, contract.listHeads, (caller, input) => listHeads(deps, caller, input))
  serve(router, contract.getChatLog, (caller, input) => getChatLog(deps, caller, input))
  return router
}

export function syncInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.readEntries, (_caller, input) => readServiceEntries(deps, input))
  return router
}

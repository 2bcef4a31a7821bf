import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { nodeStore } from './node-store.js'
import { readAudience } from './read-audience.js'
import { readMembers } from './read-members.js'
import { readMemberships } from './read-memberships.js'

/** What websocket nodes ask main-api, because they open no database. */
export function nodeInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.readMemberships, (caller, input) => readMemberships(deps, caller, input))
  serve(router, contract.readAudience, (_caller, input) => readAudience(deps, input))
  serve(router, contract.readMembers, (_caller, input) => readMembers(deps, input))
  serve(router, contract.readHeads, async (_caller, { body }) => {
    const store = nodeStore(deps.db)
    return { epoch: await store.epoch(), heads: await store.heads(body.chatIds) }
  })
  return router
}

import { answer, serve } from '@sup/service-kit/http'
import { outbox } from '@sup/service-kit/postgres'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { listPushLog, readPushLog } from './list-push-log.js'
import { getPreferences, updatePreferences } from './preferences.js'
import { pushTokenStore } from './push-token-store.js'
import { deletePushToken, putPushToken } from './put-push-token.js'
import { readPushDevices, readPushTargets } from './read-push-targets.js'

export function notificationRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.putPushToken, (caller, input) => putPushToken(deps, caller, input))
  serve(router, contract.deletePushToken, (caller) => deletePushToken(deps, caller))
  serve(router, contract.getPreferences, (caller) => getPreferences(deps, caller))
  serve(router, contract.updatePreferences, (caller, input) =>
    updatePreferences(deps, caller, input),
  )
  serve(router, contract.sendTestPush, async ({ userId }) => {
    await outbox(deps.db).add(contract.pushTestRequested.name, {
      key: userId,
      payload: { userId },
    })
    return answer({}, { status: 202 })
  })
  serve(router, contract.listPushLog, (caller) => listPushLog(deps, caller))
  serve(router, contract.readPushLog, (caller, input) => readPushLog(deps, caller, input))
  return router
}

/** What worker-service asks: the rules and the tokens are main-api's. */
export function notificationInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.readPushTargets, (caller, input) => readPushTargets(deps, caller, input))
  serve(router, contract.readPushDevices, (caller, input) => readPushDevices(deps, caller, input))
  serve(router, contract.removePushTokens, async (_caller, { body }) => ({
    removed: await pushTokenStore(deps.db).deleteInvalid(body.tokens),
  }))
  return router
}

import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { countOutcome } from './count-outcome.js'
import { listSessions } from './list-sessions.js'
import { logIn } from './log-in.js'
import { logOut } from './log-out.js'
import { reauthenticate } from './reauthenticate.js'
import { refreshSession } from './refresh-session.js'
import { register } from './register.js'
import { resendCode } from './resend-code.js'
import { revokeOtherSessions } from './revoke-other-sessions.js'
import { revokeSession } from './revoke-session.js'
import { verifyAddress } from './verify-address.js'
import { verifyToken } from './verify-token.js'
import { verifyUser } from './verify-user.js'

export function authRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.register, (caller, input) =>
    countOutcome(deps, 'register', () => register(deps, caller, input)),
  )
  serve(router, contract.logIn, (caller, input) =>
    countOutcome(deps, 'login', () => logIn(deps, caller, input)),
  )
  serve(router, contract.refreshSession, (caller, input) =>
    countOutcome(deps, 'refresh', () => refreshSession(deps, caller, input)),
  )
  serve(router, contract.reauthenticate, (caller, input) =>
    countOutcome(deps, 'reauth', () => reauthenticate(deps, caller, input)),
  )
  serve(router, contract.verifyAddress, (caller, input) =>
    countOutcome(deps, 'verify', () => verifyAddress(deps, caller, input)),
  )
  serve(router, contract.resendCode, (caller, input) => resendCode(deps, caller, input))
  serve(router, contract.logOut, (caller, input) => logOut(deps, caller, input))
  serve(router, contract.listSessions, (caller, input) => listSessions(deps, caller, input))
  serve(router, contract.revokeSession, (caller, input) => revokeSession(deps, caller, input))
  serve(router, contract.revokeOtherSessions, (caller) => revokeOtherSessions(deps, caller))
  serve(router, contract.verifyUser, (caller) => verifyUser(deps, caller))
  return router
}

/** For services only. */
export function authInternalRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.verifyToken, (caller, input) => verifyToken(deps, caller, input))
  return router
}

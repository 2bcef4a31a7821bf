import { type Endpoint, unauthorized } from '@sup/types'
import type { Request } from 'express'
import { plainAddress } from './address-key.js'
import { AppError } from './app-error.js'
import { requestIdOf } from './contexts.js'
import type { CallerOf, Identity } from './types.js'

/** An id that names nobody: what an absent session or device of a service's call is shown as. */
export const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Makes the caller that an endpoint's handler gets out of what authentication found.
 *
 * @throws AppError `UNAUTHORIZED` when the endpoint needs somebody and there is nobody.
 */
export function callerFrom<E extends Endpoint>(
  spec: E,
  identity: Identity,
  req: Request,
): { ip: string; forHandler: (more: { idempotencyKey?: string }) => CallerOf<E> } {
  const ip = plainAddress(req.ip ?? req.socket.remoteAddress ?? '')
  const userAgent = req.headers['user-agent']
  const who = whoIs(spec, identity)
  const request = {
    requestId: requestIdOf(req),
    ip,
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, 512) }),
    headers: req.headers,
  }
  // Which form belongs to which `auth` is what `whoIs` has just decided; the type follows `spec.auth`.
  return { ip, forHandler: (more) => ({ ...request, ...more, ...who }) as CallerOf<E> }
}

function whoIs(spec: Endpoint, identity: Identity): object {
  if (spec.auth === 'service') return asService(identity)
  if (identity.kind === 'user') return ids(identity)
  if (identity.kind === 'service' && identity.onBehalfOf) {
    return { ...identity.onBehalfOf, sessionId: NOBODY }
  }
  if (spec.auth !== 'open') {
    throw identity.kind === 'nobody' && identity.error ? identity.error : new AppError(unauthorized)
  }
  return identity.kind === 'nobody' && identity.error ? { credentialsError: identity.error } : {}
}

function asService(identity: Identity): object {
  if (identity.kind !== 'service') throw new AppError(unauthorized)
  const { service, onBehalfOf } = identity
  return onBehalfOf ? { service, onBehalfOf } : { service }
}

const ids = ({ userId, sessionId, deviceId }: Extract<Identity, { kind: 'user' }>): object => ({
  userId,
  sessionId,
  deviceId,
})

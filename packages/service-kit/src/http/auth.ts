import { type Auth, Uuid, invalidToken, unauthorized } from '@sup/types'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError, isAppError } from './app-error.js'
import { NOBODY } from './make-caller.js'
import type { AccessToken } from './tokens.js'
import type { Authenticate, Identity } from './types.js'

/** Marks a 401 as the fault of the calling service, so that it is never shown to a user as theirs. */
export const SERVICE_CHALLENGE = 'SUP-Service'

/** Knows which sessions have ended. */
export type Sessions = { isRevoked(token: AccessToken): boolean | Promise<boolean> }

/**
 * Recognises users by `Authorization: Bearer <access token>`.
 *
 * An open endpoint is served to everybody: a token that is wrong there (a refresh with the old one still
 * attached) is told to the handler and stops nobody.
 *
 * @param options `verify` throws AppError for a bad token; `sessions` says whether its session has ended.
 */
export function bearerAuth(options: {
  verify: (token: string) => AccessToken
  sessions: Sessions
}): Authenticate {
  const recognise = async (headers: IncomingHttpHeaders): Promise<Identity> => {
    const token = options.verify(bearerToken(headers.authorization))
    if (await options.sessions.isRevoked(token)) {
      throw new AppError(unauthorized, { reason: 'session_revoked' })
    }
    const { userId, sessionId, deviceId } = token
    return { kind: 'user', userId, sessionId, deviceId }
  }
  return async (headers, auth) => {
    if (auth === 'service') throw new AppError(unauthorized)
    if (auth !== 'open') return recognise(headers)
    if (headers.authorization === undefined) return { kind: 'nobody' }
    return recognise(headers).catch((err: unknown): Identity => {
      if (isAppError(err) && err.type.status === 401) return { kind: 'nobody', error: err }
      throw err
    })
  }
}

/** @throws AppError `UNAUTHORIZED` without a bearer token, `INVALID_TOKEN` with an empty one. */
function bearerToken(header: string | undefined): string {
  const match = /^bearer(?: +(.*))?$/i.exec(header ?? '')
  if (!match) {
    throw new AppError(unauthorized, undefined, { headers: { 'WWW-Authenticate': 'Bearer' } })
  }
  const token = match[1]?.trim() ?? ''
  if (token === '') throw new AppError(invalidToken)
  return token
}

/**
 * Recognises services by `X-Internal-Secret`, and the user they act for by `X-On-Behalf-Of` and
 * `X-On-Behalf-Device` (wire-contract section 11). Nothing is served without the secret.
 *
 * @param options `secrets`: all that are accepted, several while rotating.
 */
export function internalAuth({ secrets }: { secrets: readonly string[] }): Authenticate {
  const isKnown = secretMatcher(secrets)
  return (headers: IncomingHttpHeaders, auth: Auth) => {
    if (!isKnown(one(headers['x-internal-secret']))) return Promise.reject(refuseService())
    const onBehalfOf = onBehalf(headers)
    const service =
      /^[a-z][a-z0-9-]{0,63}$/.exec(one(headers['x-internal-caller']))?.[0] ?? 'unknown'
    if (!onBehalfOf && auth !== 'service' && auth !== 'open') {
      return Promise.reject(new AppError(unauthorized))
    }
    return Promise.resolve({ kind: 'service', service, ...(onBehalfOf ? { onBehalfOf } : {}) })
  }
}

const refuseService = (): AppError =>
  new AppError(unauthorized, undefined, { headers: { 'WWW-Authenticate': SERVICE_CHALLENGE } })

/**
 * Compares a given secret with those that are accepted, in constant time: hashes have one length, and
 * every accepted secret is compared whether or not one has matched already.
 */
export function secretMatcher(secrets: readonly string[]): (given: string) => boolean {
  const accepted = secrets.filter((secret) => secret !== '').map(sha256)
  return (given) => {
    const hash = sha256(given)
    return accepted.reduce((isSame, secret) => timingSafeEqual(secret, hash) || isSame, false)
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

const one = (header: string | string[] | undefined): string =>
  typeof header === 'string' ? header : ''

function onBehalf(headers: IncomingHttpHeaders): { userId: string; deviceId: string } | undefined {
  const userId = Uuid.safeParse(one(headers['x-on-behalf-of']))
  if (!userId.success) return undefined
  const deviceId = Uuid.safeParse(one(headers['x-on-behalf-device']))
  return { userId: userId.data, deviceId: deviceId.success ? deviceId.data : NOBODY }
}

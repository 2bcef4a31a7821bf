import { Uuid, invalidToken, tokenExpired } from '@sup/types'
import jsonwebtoken from 'jsonwebtoken'
import { type KeyObject, createSecretKey } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../clock/index.js'
import { AppError } from './app-error.js'

const AUDIENCE = 'sup'
const LEEWAY_SECONDS = 60
const MAX_TOKEN_BYTES = 8 * 1024

/** Whose session an access token is, and until when it holds. */
export type AccessToken = {
  userId: string
  sessionId: string
  deviceId: string
  /** Unix seconds. */
  expiresAt: number
}

// Exactly these two members: `jku`, `x5u`, `jwk`, `crit` and every other algorithm fall out here.
const Header = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('JWT') })

const Claims = z.object({
  sub: Uuid,
  sid: Uuid,
  did: Uuid,
  iss: z.string(),
  aud: z.literal(AUDIENCE),
  iat: z.int().min(0),
  exp: z.int().min(0),
  typ: z.literal('access'),
})

const keys = new Map<string, KeyObject>()

/** As text, a secret would be tried as a public key first, which costs more than the verification. */
function keyOf(secret: string): KeyObject {
  const known = keys.get(secret)
  if (known) return known
  const key = createSecretKey(Buffer.from(secret))
  keys.set(secret, key)
  return key
}

/**
 * Signs an access token (wire-contract 2.8).
 *
 * @param session `expiresInSeconds` from now on.
 */
export function signAccessToken(
  session: { userId: string; sessionId: string; deviceId: string },
  options: { secret: string; issuer: string; clock: Clock; expiresInSeconds: number },
): string {
  const iat = Math.floor(options.clock.now().getTime() / 1000)
  const claims = {
    sub: session.userId,
    sid: session.sessionId,
    did: session.deviceId,
    iss: options.issuer,
    aud: AUDIENCE,
    iat,
    exp: iat + options.expiresInSeconds,
    typ: 'access',
  }
  return jsonwebtoken.sign(claims, keyOf(options.secret), { algorithm: 'HS256' })
}

/**
 * Verifies an access token: HS256 only, one of the secrets, issuer, audience, type and time, with a
 * leeway of 60 s. Whether its session still lives is not said here.
 *
 * @throws AppError `INVALID_TOKEN` or `TOKEN_EXPIRED`.
 */
export function verifyAccessToken(
  token: string,
  options: { secrets: readonly string[]; issuer: string; clock: Clock },
): AccessToken {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES || !hasPlainHeader(token)) {
    throw new AppError(invalidToken)
  }
  const nowSeconds = Math.floor(options.clock.now().getTime() / 1000)
  const claims = Claims.safeParse(verifyWithAny(token, options, nowSeconds))
  if (!claims.success || claims.data.iat > nowSeconds + LEEWAY_SECONDS) {
    throw new AppError(invalidToken)
  }
  const { sub, sid, did, exp } = claims.data
  return { userId: sub, sessionId: sid, deviceId: did, expiresAt: exp }
}

function hasPlainHeader(token: string): boolean {
  const parts = token.split('.')
  if (parts.length !== 3) return false
  try {
    const header: unknown = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString('utf8'))
    return Header.safeParse(header).success
  } catch {
    return false
  }
}

function verifyWithAny(
  token: string,
  { secrets, issuer }: { secrets: readonly string[]; issuer: string },
  nowSeconds: number,
): unknown {
  let failure: unknown
  for (const secret of secrets) {
    try {
      return jsonwebtoken.verify(token, keyOf(secret), {
        algorithms: ['HS256'],
        issuer,
        audience: AUDIENCE,
        clockTolerance: LEEWAY_SECONDS,
        clockTimestamp: nowSeconds,
      })
    } catch (err) {
      // Expired means that the signature was right: no other secret can do better.
      if (err instanceof jsonwebtoken.TokenExpiredError) throw new AppError(tokenExpired)
      failure = err
    }
  }
  throw new AppError(invalidToken, undefined, { cause: failure })
}

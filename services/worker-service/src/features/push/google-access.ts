import type { Clock } from '@sup/service-kit/clock'
import type { OutgoingClient } from '@sup/service-kit/http'
import { type KeyObject, createPrivateKey, sign } from 'node:crypto'
import { z } from 'zod'
import type { ServiceAccount } from '../../service-account.js'

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const LIFE_SECONDS = 3600
/** A token is exchanged for another this long before its end. */
const EARLY_MS = 60_000

const Answer = z.object({ access_token: z.string().min(1), expires_in: z.number().min(1) })

/** Access tokens of a service account. */
export type GoogleAccess = {
  /** One that is good for a minute at least; asked for once, however many wait. @throws Error when Google gives none. */
  token: () => Promise<string>
  /** The token was refused: the next call asks for another. */
  forget: () => void
}

/** Exchanges a signed assertion (RFC 7523, RS256) for access tokens and keeps each for its life. */
export function createGoogleAccess(needs: {
  account: ServiceAccount
  http: OutgoingClient
  clock: Clock
}): GoogleAccess {
  const { account, http, clock } = needs
  const key = createPrivateKey(account.private_key)
  let current: { token: Promise<string>; until: number } | undefined

  const ask = async (): Promise<string> => {
    const now = clock.now().getTime()
    const assertion = assert(account, key, Math.floor(now / 1000))
    const { status, text } = await http.post({
      url: account.token_uri,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: GRANT, assertion }).toString(),
    })
    if (status !== 200) throw new Error(`the token endpoint answers ${status}`)
    const answer = Answer.parse(JSON.parse(text))
    if (current) current.until = now + answer.expires_in * 1000 - EARLY_MS
    return answer.access_token
  }

  const forget = (): void => {
    current = undefined
  }
  return {
    forget,
    token() {
      if (current && clock.now().getTime() < current.until) return current.token
      const token = ask()
      current = { token, until: Number.POSITIVE_INFINITY }
      token.catch(forget)
      return token
    },
  }
}

function assert(account: ServiceAccount, key: KeyObject, iat: number): string {
  const claims = {
    iss: account.client_email,
    scope: SCOPE,
    aud: account.token_uri,
    iat,
    exp: iat + LIFE_SECONDS,
  }
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

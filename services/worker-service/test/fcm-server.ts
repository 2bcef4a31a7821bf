import { type KeyObject, generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { serveHttp } from './http-server.js'

/** A message as FCM was asked to send it. */
export type FcmMessage = {
  token: string
  data: Record<string, string>
  android?: { priority: string; collapse_key?: string; ttl: string }
  apns?: { headers: Record<string, string>; payload: { aps: Record<string, unknown> } }
}

export type FcmAnswer = 'ok' | 'unregistered' | 'down' | 'busy' | 'unauthorized'

/** A server that speaks OAuth 2.0 (RFC 7523) and FCM HTTP v1 as Google's do. */
export type FcmServer = {
  url: string
  /** What the Firebase console would export. */
  serviceAccount: string
  /** Accepted messages, oldest first. */
  sent: FcmMessage[]
  /** Every request to send, also refused ones. */
  attempts: () => number
  tokensIssued: () => number
  /** The next answers; `ok` again after them. */
  answerNext: (...answers: FcmAnswer[]) => void
  close: () => Promise<void>
}

const PROJECT = 'sup-test'
const EMAIL = 'sup@sup-test.iam.gserviceaccount.com'
export const RETRY_AFTER_SECONDS = 5

export async function startFcm(): Promise<FcmServer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sent: FcmMessage[] = []
  const answers: FcmAnswer[] = []
  const tokens = new Set<string>()
  let attempts = 0

  const giveToken = (body: string, res: ServerResponse): void => {
    if (!isAssertion(new URLSearchParams(body), publicKey, `${server.url}/token`)) {
      answer(res, 400, { error: 'invalid_grant' })
      return
    }
    const token = randomUUID()
    tokens.add(token)
    answer(res, 200, { access_token: token, expires_in: 3599, token_type: 'Bearer' })
  }
  const send = (bearer: string, body: string, res: ServerResponse): void => {
    attempts += 1
    const kind = answers.shift() ?? 'ok'
    if (kind === 'unauthorized') tokens.clear()
    if (!tokens.has(bearer)) fail(res, 401, 'UNAUTHENTICATED')
    else if (kind === 'unregistered') fail(res, 404, 'UNREGISTERED')
    else if (kind === 'down') fail(res, 503, 'UNAVAILABLE')
    else if (kind === 'busy') fail(res, 429, 'QUOTA_EXCEEDED')
    else {
      const { message } = JSON.parse(body) as { message: FcmMessage }
      sent.push(message)
      answer(res, 200, { name: `projects/${PROJECT}/messages/${randomUUID()}` })
    }
  }
  const server = await serveHttp((req, body, res) => {
    const bearer = (req.headers.authorization ?? '').replace('Bearer ', '')
    if (req.url === '/token') giveToken(body.toString(), res)
    else if (req.url === `/v1/projects/${PROJECT}/messages:send`) {
      send(bearer, body.toString(), res)
    } else fail(res, 404, 'NOT_FOUND')
  })
  return {
    url: server.url,
    serviceAccount: JSON.stringify({
      type: 'service_account',
      project_id: PROJECT,
      client_email: EMAIL,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${server.url}/token`,
    }),
    sent,
    attempts: () => attempts,
    tokensIssued: () => tokens.size,
    answerNext: (...next) => void answers.push(...next),
    close: server.close,
  }
}

function answer(res: ServerResponse, status: number, json: object): void {
  const wait = status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
  res.writeHead(status, { 'content-type': 'application/json', ...wait })
  res.end(JSON.stringify(json))
}

function fail(res: ServerResponse, code: number, status: string): void {
  const type = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
  const details = [{ '@type': type, errorCode: status }]
  answer(res, code, { error: { code, message: status, status, details } })
}

function isAssertion(form: URLSearchParams, key: KeyObject, audience: string): boolean {
  const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
  const signed = Buffer.from(`${header}.${claims}`)
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return false
  const { iat, exp, ...who } = decode(claims)
  const expected = {
    iss: EMAIL,
    scope: 'https://www.googleapis.com/auth/firebase.messaging',
    aud: audience,
  }
  return (
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
    decode(header)['alg'] === 'RS256' &&
    isDeepStrictEqual(who, expected) &&
    Number(exp) - Number(iat) <= 3600
  )
}

const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

import { type KeyObject, generateKeyPairSync, randomUUID, verify } from 'node:crypto'
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

  const server = await serveHttp((req, body, res) => {
    const answer = (status: number, json: object, headers: Record<string, string> = {}): void => {
      res.writeHead(status, { 'content-type': 'application/json', ...headers })
      res.end(JSON.stringify(json))
    }
    const fail = (code: number, status: string, headers: Record<string, string> = {}): void => {
      const details = [
        { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: status },
      ]
      answer(code, { error: { code, message: status, status, details } }, headers)
    }
    if (req.url === '/token') {
      if (!isAssertion(new URLSearchParams(body.toString()), publicKey, `${server.url}/token`)) {
        answer(400, { error: 'invalid_grant' })
        return
      }
      const token = randomUUID()
      tokens.add(token)
      answer(200, { access_token: token, expires_in: 3599, token_type: 'Bearer' })
      return
    }
    if (req.url !== `/v1/projects/${PROJECT}/messages:send`) {
      fail(404, 'NOT_FOUND')
      return
    }
    attempts += 1
    const kind = answers.shift() ?? 'ok'
    if (!tokens.has((req.headers.authorization ?? '').replace('Bearer ', ''))) {
      fail(401, 'UNAUTHENTICATED')
    } else if (kind === 'unauthorized') {
      tokens.clear()
      fail(401, 'UNAUTHENTICATED')
    } else if (kind === 'unregistered') fail(404, 'UNREGISTERED')
    else if (kind === 'down') fail(503, 'UNAVAILABLE')
    else if (kind === 'busy') {
      fail(429, 'QUOTA_EXCEEDED', { 'retry-after': String(RETRY_AFTER_SECONDS) })
    } else {
      const { message } = JSON.parse(body.toString()) as { message: FcmMessage }
      sent.push(message)
      answer(200, { name: `projects/${PROJECT}/messages/${randomUUID()}` })
    }
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

function isAssertion(form: URLSearchParams, key: KeyObject, audience: string): boolean {
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return false
  const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
  const signed = Buffer.from(`${header}.${claims}`)
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return false
  const { alg } = decode(header)
  const { iss, aud, scope, iat, exp } = decode(claims)
  return (
    alg === 'RS256' &&
    iss === EMAIL &&
    aud === audience &&
    scope === 'https://www.googleapis.com/auth/firebase.messaging' &&
    Number(exp) - Number(iat) <= 3600
  )
}

const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

import type { PushPayload, PushSubscription } from '@sup/types'
import {
  type ECDH,
  createDecipheriv,
  createECDH,
  createPublicKey,
  hkdfSync,
  randomBytes,
  randomUUID,
  verify,
} from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { serveHttp } from './http-server.js'

/** A push as the browser sees it after decryption, with the headers that the push service saw. */
export type ReceivedPush = { payload: PushPayload; headers: IncomingHttpHeaders }

/** A browser that has subscribed. */
export type Browser = { subscription: PushSubscription; received: ReceivedPush[] }

/** A push service (RFC 8030) and the browsers behind it: they decrypt (RFC 8291), it checks VAPID (RFC 8292). */
export type WebPushServer = {
  subscribe: () => Browser
  /** The next answers to this browser's pushes; 201 again after them. */
  answerNext: (browser: Browser, ...statuses: number[]) => void
  attempts: () => number
  close: () => Promise<void>
}

type Known = { browser: Browser; ecdh: ECDH; auth: Buffer; statuses: number[] }

/** @param vapidPublicKey With which the browsers have subscribed. */
export async function startWebPush(vapidPublicKey: string): Promise<WebPushServer> {
  const known = new Map<string, Known>()
  let attempts = 0
  const server = await serveHttp((req, body, res) => {
    attempts += 1
    const one = known.get(req.url ?? '')
    const status = !one
      ? 404
      : isVapid(req.headers.authorization, vapidPublicKey, server.url)
        ? (one.statuses.shift() ?? 201)
        : 403
    if (one && status === 201) {
      const text = decrypt(body, one).toString()
      one.browser.received.push({ payload: JSON.parse(text) as PushPayload, headers: req.headers })
    }
    res.writeHead(status, status === 429 ? { 'retry-after': '3' } : {})
    res.end()
  })
  return {
    attempts: () => attempts,
    subscribe() {
      const ecdh = createECDH('prime256v1')
      const auth = randomBytes(16)
      const p256dh = ecdh.generateKeys('base64url')
      const path = `/send/${randomUUID()}`
      const keys = { p256dh, auth: auth.toString('base64url') }
      const browser: Browser = {
        subscription: { endpoint: server.url + path, keys },
        received: [],
      }
      known.set(path, { browser, ecdh, auth, statuses: [] })
      return browser
    },
    answerNext(browser, ...statuses) {
      const path = new URL(browser.subscription.endpoint).pathname
      known.get(path)?.statuses.push(...statuses)
    },
    close: server.close,
  }
}

function isVapid(authorization: string | undefined, publicKey: string, audience: string): boolean {
  const [, token = '', key] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization ?? '') ?? []
  if (key !== publicKey || !isSigned(token, publicKey)) return false
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  const { aud, exp, sub } = JSON.parse(claims) as { aud: string; exp: number; sub: string }
  const left = exp - Date.now() / 1000
  return aud === audience && left > 0 && left <= 86_400 && /^(https?:|mailto:)/.test(sub)
}

function isSigned(token: string, publicKey: string): boolean {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(publicKey, 'base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const verifier = {
    key: createPublicKey({ format: 'jwk', key: jwk }),
    dsaEncoding: 'ieee-p1363' as const,
  }
  const signed = Buffer.from(`${header}.${claims}`)
  return verify('sha256', signed, verifier, Buffer.from(signature, 'base64url'))
}

/** RFC 8188 and 8291, seen from the browser. */
function decrypt(body: Buffer, { ecdh, auth }: Known): Buffer {
  const salt = body.subarray(0, 16)
  const length = body[20] ?? 0
  const theirs = body.subarray(21, 21 + length)
  const sealed = body.subarray(21 + length)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), theirs])
  const secret = hkdfSync('sha256', ecdh.computeSecret(theirs), auth, info, 32)
  const derive = (label: string, bytes: number): Buffer =>
    Buffer.from(
      hkdfSync('sha256', new Uint8Array(secret), salt, `Content-Encoding: ${label}\0`, bytes),
    )
  const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
  decipher.setAuthTag(sealed.subarray(-16))
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  // The last byte is the delimiter of the last record.
  return plain.subarray(0, -1)
}

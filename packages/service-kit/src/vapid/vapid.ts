import { createECDH, createPrivateKey, sign } from 'node:crypto'

const LIFE_SECONDS = 12 * 3600
const PRIVATE_KEY_BYTES = 32

/** The identity of this server towards web push services (RFC 8292). */
export type Vapid = {
  /** Uncompressed point of P-256, base64url: what a browser subscribes with. */
  publicKey: string
  /**
   * The value of `Authorization` for one push service; good for 12 hours.
   *
   * @param claims `audience`: origin of the push service. `subject`: how its operator reaches ours.
   */
  authorization: (claims: { audience: string; subject: string; now: Date }) => string
}

/**
 * Reads `VAPID_PRIVATE_KEY`: 32 bytes, base64url, as `web-push generate-vapid-keys` prints them.
 *
 * @returns Undefined when it is not a private key of P-256.
 */
export function readVapid(privateKey: string): Vapid | undefined {
  const d = Buffer.from(privateKey, 'base64url')
  if (d.length !== PRIVATE_KEY_BYTES) return undefined
  const point = publicPointOf(d)
  if (!point) return undefined
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: d.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  })
  const publicKey = point.toString('base64url')
  const header = encode({ typ: 'JWT', alg: 'ES256' })
  return {
    publicKey,
    authorization({ audience, subject, now }) {
      const exp = Math.floor(now.getTime() / 1000) + LIFE_SECONDS
      const text = `${header}.${encode({ aud: audience, exp, sub: subject })}`
      const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
      return `vapid t=${text}.${signature.toString('base64url')}, k=${publicKey}`
    },
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Undefined for zero and for numbers beyond the order of the curve. */
function publicPointOf(d: Buffer): Buffer | undefined {
  try {
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(d)
    return ecdh.getPublicKey()
  } catch {
    return undefined
  }
}

import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

const SALT_BYTES = 16
const RECORD_BYTES = 4096
const LAST_RECORD = 2

/** The keys of a subscription, base64url. */
export type BrowserKeys = { p256dh: string; auth: string }

/**
 * Encrypts the body of a push for one browser (RFC 8291, `aes128gcm`): the push service cannot read it.
 *
 * @param plain At most 3993 bytes.
 * @throws Error when `p256dh` is no point of P-256.
 */
export function encryptForBrowser({ p256dh, auth }: BrowserKeys, plain: string): Buffer {
  const theirs = Buffer.from(p256dh, 'base64url')
  const ephemeral = createECDH('prime256v1')
  const ours = ephemeral.generateKeys()
  const shared = ephemeral.computeSecret(theirs)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, ours])
  const secret = derive(shared, { salt: Buffer.from(auth, 'base64url'), info, bytes: 32 })

  const salt = randomBytes(SALT_BYTES)
  const key = derive(secret, { salt, info: 'Content-Encoding: aes128gcm\0', bytes: 16 })
  const nonce = derive(secret, { salt, info: 'Content-Encoding: nonce\0', bytes: 12 })
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const record = Buffer.concat([Buffer.from(plain), Buffer.from([LAST_RECORD])])

  const size = Buffer.alloc(4)
  size.writeUInt32BE(RECORD_BYTES)
  const header = Buffer.concat([salt, size, Buffer.from([ours.length]), ours])
  return Buffer.concat([header, cipher.update(record), cipher.final(), cipher.getAuthTag()])
}

const derive = (
  secret: Buffer,
  { salt, info, bytes }: { salt: Buffer; info: Buffer | string; bytes: number },
): Buffer => Buffer.from(hkdfSync('sha256', secret, salt, info, bytes))

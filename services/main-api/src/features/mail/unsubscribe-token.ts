import { OptionalMailKind } from '@sup/types'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from '../../derived-key.js'

const PURPOSE = 'sup-unsubscribe-v1'
const ID_BYTES = 16
const MAC_BYTES = 32
const KINDS = OptionalMailKind.options

/** Whose mail of which kind a token stops. */
export type Subscription = { userId: string; kind: OptionalMailKind }

/**
 * The token that stops mail of one kind: signed, not stored, and good for ever, because the mail that carries it
 * may be opened years later. All it can do is to stop that mail.
 */
export function makeUnsubscribeToken(
  encryptionKey: string,
  { userId, kind }: Subscription,
): string {
  const id = Buffer.from(userId.replaceAll('-', ''), 'hex')
  const signed = Buffer.concat([Buffer.from([KINDS.indexOf(kind)]), id])
  return Buffer.concat([signed, macOf(encryptionKey, signed)]).toString('base64url')
}

/** What a token stops; undefined when this server did not make it. */
export function readUnsubscribeToken(
  encryptionKey: string,
  token: string,
): Subscription | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 1 + ID_BYTES + MAC_BYTES) return undefined
  const signed = bytes.subarray(0, 1 + ID_BYTES)
  const mac = bytes.subarray(1 + ID_BYTES)
  if (!timingSafeEqual(mac, macOf(encryptionKey, signed))) return undefined
  const kind = KINDS[signed[0] ?? KINDS.length]
  return kind === undefined ? undefined : { userId: uuidOf(signed.subarray(1)), kind }
}

const macOf = (encryptionKey: string, signed: Buffer): Buffer =>
  createHmac('sha256', deriveKey(encryptionKey, PURPOSE)).update(signed).digest()

const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

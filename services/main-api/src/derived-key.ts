import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/**
 * A key for one purpose, made of `ENCRYPTION_KEY`: what is signed for one purpose proves nothing for another.
 *
 * @param purpose A fixed name with a version.
 */
export const deriveKey = (encryptionKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', encryptionKey, '', purpose, KEY_BYTES))

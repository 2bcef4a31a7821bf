import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** Thrown for what was not sealed with this key for this purpose, or was changed since. */
export class BadSealError extends Error {
  override name = 'BadSealError'

  constructor(options?: ErrorOptions) {
    super('Not sealed with this key for this purpose', options)
  }
}

/** Encrypts and authenticates bytes for one purpose. */
export type Sealer = {
  /** Nonce (12 bytes) ‖ AES-256-GCM of the bytes ‖ tag (16 bytes); the same bytes give another seal each time. */
  seal: (plain: Uint8Array | string) => Buffer
  /** @throws BadSealError for anything that `seal` of this key and purpose did not make. */
  unseal: (sealed: Uint8Array) => Buffer
}

/**
 * Makes the sealer of one purpose: its key is HKDF-SHA-256 of `ENCRYPTION_KEY` without salt, `purpose` being the
 * info. What is sealed for one purpose cannot be unsealed for another, so data cannot be moved between columns or
 * messages that happen to share the secret.
 *
 * @param encryptionKey `ENCRYPTION_KEY` as it stands in the environment.
 * @param purpose       A fixed name with a version, such as `sup-mail-v1`.
 */
export function createSealer(encryptionKey: string, purpose: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', encryptionKey, '', purpose, KEY_BYTES))
  return {
    seal(plain) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce)
      const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    },
    unseal(sealed) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new BadSealError()
      const nonce = sealed.subarray(0, NONCE_BYTES)
      const body = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(body), decipher.final()])
      } catch (err) {
        throw new BadSealError({ cause: err })
      }
    },
  }
}

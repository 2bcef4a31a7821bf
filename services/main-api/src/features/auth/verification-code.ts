import { createHmac, randomBytes, randomInt } from 'node:crypto'
import { deriveKey } from '../../derived-key.js'

const PURPOSE = 'sup-codes-v1'
const CODES = 1_000_000
const TOKEN_BYTES = 32

/** How long codes and the links beside them live. */
export const CODE_LIFE_MS = 10 * 60_000
/** Wrong codes that a code survives. */
export const MOST_TRIES = 5

/** What a code is for; it proves nothing else. */
export type CodePurpose = 'email' | 'phone' | 'password'

/** Six digits for people, and 256 bits for links. */
export const newCode = (): { code: string; token: string } => ({
  code: String(randomInt(CODES)).padStart(6, '0'),
  token: randomBytes(TOKEN_BYTES).toString('base64url'),
})

/**
 * What is stored of a code. Whoever reads the database alone cannot try out the million codes: the key is in no
 * database.
 */
export const hashCode = (
  encryptionKey: string,
  { userId, purpose, code }: { userId: string; purpose: CodePurpose; code: string },
): Buffer =>
  createHmac('sha256', deriveKey(encryptionKey, PURPOSE))
    .update(`${userId}:${purpose}:${code}`)
    .digest()

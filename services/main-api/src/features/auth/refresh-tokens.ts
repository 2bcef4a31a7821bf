import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const TOKEN_BYTES = 32
const SUCCESSOR_INFO = 'sup-refresh-successor-v1'

/** 256 random bits. */
export const newRefreshToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url')

/** What is stored of a refresh token: of 256 random bits a plain hash gives nothing away. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/**
 * The token that follows another one. It is derived, not stored: a client that lost the answer repeats the
 * old token and gets the same successor, while the database never holds a token that works.
 *
 * @param secret One of `JWT_SECRET`.
 */
export function successorOf(token: string, secret: string): string {
  const key = hkdfSync('sha256', secret, '', SUCCESSOR_INFO, TOKEN_BYTES)
  return createHmac('sha256', Buffer.from(key)).update(token).digest('base64url')
}

import { type SupError, isSupError } from '../base/sup-error.js'
import type { Tokens } from '../session/tokens.js'

/**
 * Sends a request with the session's token, and once more with another when the server does not take it.
 * @throws what `send` throws.
 */
export async function withToken<T>(
  tokens: Tokens,
  send: (token: string) => Promise<T>,
): Promise<T> {
  const token = await tokens.fresh()
  try {
    return await send(token)
  } catch (err) {
    if (!isSupError(err)) throw err
    if (isRevoked(err)) return send(await tokens.replaceRevoked(token, err))
    // A server that changed its signing secret calls a good token invalid: the refresh token decides.
    if (err.code === 'TOKEN_EXPIRED' || err.code === 'INVALID_TOKEN') {
      return send(await tokens.renew(token))
    }
    throw err
  }
}

const isRevoked = (err: SupError): boolean =>
  err.code === 'UNAUTHORIZED' || err.code === 'ACCOUNT_DISABLED'

import { type Sessions, unavailable } from '../http/index.js'
import type { RevocationLoop } from './revocation-loop.js'

/**
 * What `bearerAuth` asks about a token in a service that knows of ended sessions by polling main-api.
 *
 * @param options `lifeSeconds`: how long an access token lives, `JWT_EXPIRES_IN`; its end tells its beginning.
 * @returns Rejects with AppError `SERVICE_UNAVAILABLE` while main-api cannot be asked: what has ended
 *   meanwhile is not known, and nobody is let in by mistake.
 */
export function polledSessions(
  revocations: Pick<RevocationLoop, 'isFresh' | 'isRevoked'>,
  { lifeSeconds }: { lifeSeconds: number },
): Sessions {
  return {
    isRevoked({ expiresAt, ...session }) {
      const issuedAt = (expiresAt - lifeSeconds) * 1000
      if (revocations.isRevoked({ ...session, issuedAt })) return true
      if (revocations.isFresh()) return false
      throw unavailable(new Error('revocations cannot be read'))
    },
  }
}

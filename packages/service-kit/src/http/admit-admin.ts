import { type Endpoint, notFound, reauthRequired } from '@sup/types'
import { AppError, isAppError } from './app-error.js'
import type { AppContext, Identity } from './types.js'

/** A change needs a password that was given in the last 15 minutes. */
const FRESH_MS = 15 * 60_000

/** An administrator who calls. */
export type Admin = { userId: string; sessionId: string; authenticatedAt: string }

/**
 * Lets administrators through to an endpoint of theirs. For everybody else it is not there, whatever they send.
 *
 * This is also the place to ask for a second factor, as soon as accounts can have one.
 *
 * @returns Undefined when the endpoint is not for administrators alone.
 * @throws AppError `NOT_FOUND` for everybody else.
 */
export async function admitAdmin(
  { administrators }: Pick<AppContext, 'administrators'>,
  spec: Endpoint,
  identity: Identity,
): Promise<Admin | undefined> {
  if (spec.auth !== 'admin') return undefined
  if (identity.kind !== 'user') throw new AppError(notFound)
  const { userId, sessionId } = identity
  const found = await administrators?.find({ userId, sessionId })
  if (!found) throw new AppError(notFound)
  return { userId, sessionId, authenticatedAt: found.authenticatedAt }
}

/**
 * Runs what an administrator asked for and writes one line about it, also when it is refused: who, what, and how
 * it ended. What others ask for just runs.
 *
 * @throws AppError `REAUTH_REQUIRED` for a change when the password was given too long ago; what `run` throws.
 */
export async function audited<T>(
  { log, clock }: Pick<AppContext, 'log' | 'clock'>,
  call: { admin: Admin | undefined; spec: Endpoint; params: unknown },
  run: () => Promise<T>,
): Promise<T> {
  const { admin, spec, params } = call
  if (!admin) return run()
  const { userId, sessionId, authenticatedAt } = admin
  const action = `${spec.method.toUpperCase()} ${spec.path}`
  const write = (result: string): void => {
    log.info('An administrator called', { userId, sessionId, action, params, result })
  }
  try {
    const age = clock.now().getTime() - Date.parse(authenticatedAt)
    if (spec.method !== 'get' && age > FRESH_MS) throw new AppError(reauthRequired)
    const outcome = await run()
    write('ok')
    return outcome
  } catch (err) {
    write(isAppError(err) ? err.type.code : 'INTERNAL_ERROR')
    throw err
  }
}

import { type Endpoint, notFound, reauthRequired } from '@sup/types'
import { AppError, isAppError } from './app-error.js'
import type { AppContext, Identity } from './types.js'

/** A change needs a password that was given in the last 15 minutes. */
const FRESH_MS = 15 * 60_000

/** What an administrator did, for the log. */
export type AdminCall = { userId: string; sessionId: string }

/**
 * Lets administrators through to an endpoint of theirs. For everybody else it is not there, whatever they send.
 *
 * A second factor is asked for here as soon as accounts can have one.
 *
 * @returns Whose call it is; undefined when the endpoint is not an administrator's.
 * @throws AppError `NOT_FOUND` for everybody else; `REAUTH_REQUIRED` when the password of a change is stale.
 */
export async function admitAdmin(
  { administrators, clock }: Pick<AppContext, 'administrators' | 'clock'>,
  spec: Endpoint,
  identity: Identity,
): Promise<AdminCall | undefined> {
  if (spec.auth !== 'admin') return undefined
  if (identity.kind !== 'user') throw new AppError(notFound)
  const { userId, sessionId } = identity
  const found = await administrators?.find({ userId, sessionId })
  if (!found) throw new AppError(notFound)
  const isFresh = clock.now().getTime() - Date.parse(found.authenticatedAt) <= FRESH_MS
  if (spec.method !== 'get' && !isFresh) throw new AppError(reauthRequired)
  return { userId, sessionId }
}

/** Runs what an administrator asked for and writes one line about it: who, what, and how it ended. */
export async function audited<T>(
  { log }: Pick<AppContext, 'log'>,
  call: { admin: AdminCall; spec: Endpoint; params: unknown },
  run: () => Promise<T>,
): Promise<T> {
  const { admin, spec, params } = call
  const write = (result: string): void => {
    const action = `${spec.method.toUpperCase()} ${spec.path}`
    log.info('An administrator called', { audit: true, ...admin, action, params, result })
  }
  try {
    const outcome = await run()
    write('ok')
    return outcome
  } catch (err) {
    write(isAppError(err) ? err.type.code : 'INTERNAL_ERROR')
    throw err
  }
}

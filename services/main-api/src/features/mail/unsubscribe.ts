import { AppError, type OpenCaller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  invalidToken,
  type unsubscribe as contract,
  validationError,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { mailStore } from './mail-store.js'
import { readUnsubscribeToken } from './unsubscribe-token.js'

/**
 * Stops mail of one kind for whoever holds a token of such a mail; no log-in is needed. Repeating it, and a token
 * of an account that is gone, answer the same.
 */
export async function unsubscribe(
  needs: Needs<'config' | 'db' | 'clock' | 'hints'>,
  _caller: OpenCaller,
  { body, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const oneClick = body['List-Unsubscribe'] === undefined ? undefined : query.token
  const token = body.token ?? oneClick
  if (token === undefined) {
    throw new AppError(validationError, [{ path: 'token', message: 'is missing' }])
  }
  const subscription = readUnsubscribeToken(needs.config.ENCRYPTION_KEY, token)
  if (!subscription) throw new AppError(invalidToken)

  const { userId, kind } = subscription
  const change = await needs.db.tx('unsubscribe', async (tx) => {
    const mail = mailStore(tx)
    if (!(await mail.stop(kind, userId, needs.clock.now().toISOString()))) return undefined
    const preferences = await mail.preferences(userId)
    return accountChanges(tx, needs).add(userId, { type: 'settings', preferences })
  })
  if (change) await hintAccount(needs, userId, change)
  return {}
}

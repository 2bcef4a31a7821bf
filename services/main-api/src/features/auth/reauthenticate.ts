import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  invalidCredentials,
  type reauthenticate as contract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { accountStore } from './account-store.js'
import { countingFailures } from './log-in-failures.js'
import { sessionStore } from './session-store.js'

const FRESH_MS = 15 * 60_000

/**
 * Takes the password of a session that is open already, for what needs it fresh. Ten failures an hour for one
 * account give 429, apart from those of its log-ins: who holds a session cannot lock the owner out.
 */
export async function reauthenticate(
  needs: Needs<'db' | 'clock' | 'hashing' | 'limiter'>,
  { userId, sessionId }: Caller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const hash = await accountStore(needs.db).passwordHashOf(userId)
  const isRight = await countingFailures(needs, `reauth:${userId}`, () =>
    needs.hashing.verify(body.password, hash),
  )
  if (!isRight) throw new AppError(invalidCredentials)
  const now = needs.clock.now()
  await sessionStore(needs.db).reauthenticated(sessionId, now.toISOString())
  return { freshUntil: new Date(now.getTime() + FRESH_MS).toISOString() }
}

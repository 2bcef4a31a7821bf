import { AppError, type OpenCaller } from '@sup/service-kit/http'
import { type Sql, isUniqueViolation } from '@sup/service-kit/postgres'
import {
  type AccountChange,
  type Input,
  type Output,
  type PrivateUser,
  type VerifiedType,
  gone,
  invalidCode,
  rateLimited,
  unauthorized,
  type verifyAddress as contract,
} from '@sup/types'
import { timingSafeEqual } from 'node:crypto'
import type { Needs } from '../../deps.js'
import { accountChanges, hintAccount, readPrivateUser } from '../users/public.js'
import { lockAccount } from './lock-account.js'
import { hashToken } from './refresh-tokens.js'
import { MOST_TRIES, hashCode } from './verification-code.js'
import { type CodeKey, type StoredCode, verificationStore } from './verification-store.js'

type Needed = Needs<'config' | 'db' | 'clock' | 'hints' | 'limiter'>
type Verified = { user: PrivateUser; change: AccountChange }

/**
 * Proves an address: by the token of the link, which needs no log-in, or by the code and the account's own log-in.
 * Both work once and for ten minutes; after five wrong codes only a new one helps.
 */
export async function verifyAddress(
  needs: Needed,
  caller: OpenCaller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { token, type, code } = body
  if (token !== undefined) return verifyByToken(needs, token)
  const { userId } = caller
  if (userId === undefined) throw caller.credentialsError ?? new AppError(unauthorized)
  if (type === undefined || code === undefined) throw new AppError(invalidCode)
  await countTry(needs, userId)

  const key = { userId, purpose: type }
  const hash = hashCode(needs.config.ENCRYPTION_KEY, { ...key, code })
  const outcome = await needs.db.tx('verify-code', async (tx) => {
    const stored = await lockLive(tx, needs, key)
    if (timingSafeEqual(stored.codeHash, hash)) return accept(tx, needs, key, stored)
    // Committed: a wrong code counts although it is refused.
    await verificationStore(tx).countTry(key)
    return undefined
  })
  if (!outcome) throw new AppError(invalidCode)
  await hintAccount(needs, userId, outcome.change, caller.deviceId)
  return { verified: true, type, user: outcome.user }
}

async function verifyByToken(needs: Needed, token: string): Promise<Output<typeof contract>> {
  const tokenHash = hashToken(token)
  const found = await verificationStore(needs.db).ownerOfToken(tokenHash)
  if (!found || found.purpose === 'password') throw new AppError(gone)
  const key = { userId: found.userId, purpose: found.purpose }
  const { change } = await needs.db.tx('verify-token', async (tx) => {
    const stored = await lockLive(tx, needs, key)
    if (!timingSafeEqual(stored.tokenHash, tokenHash)) throw new AppError(gone)
    return accept(tx, needs, key, stored)
  })
  await hintAccount(needs, key.userId, change)
  return { verified: true, type: key.purpose }
}

/** @throws AppError `RATE_LIMITED` after five tries, then one each six seconds. */
async function countTry({ limiter }: Needs<'limiter'>, userId: string): Promise<void> {
  const state = await limiter.take('codes', userId)
  if (state?.allowed === false) {
    throw new AppError(rateLimited, undefined, { retryAfterMs: state.retryAfterMs })
  }
}

/** @throws AppError `GONE` when there is no code, or it is dead. */
async function lockLive(tx: Sql, { clock }: Needs<'clock'>, key: CodeKey): Promise<StoredCode> {
  await lockAccount(tx, key.userId)
  const stored = await verificationStore(tx).lock(key)
  if (!stored || stored.tries >= MOST_TRIES) throw new AppError(gone)
  if (Date.parse(stored.expiresAt) <= clock.now().getTime()) throw new AppError(gone)
  return stored
}

async function accept(
  tx: Sql,
  needs: Needs<'clock'>,
  { userId, purpose }: { userId: string; purpose: VerifiedType },
  { target }: StoredCode,
): Promise<Verified> {
  const store = verificationStore(tx)
  await store.delete({ userId, purpose })
  try {
    if (!(await store.markVerified(purpose, { userId, target }))) throw new AppError(gone)
  } catch (err) {
    // Somebody else has proven that it is theirs.
    const isTaken = isUniqueViolation(err, `users_verified_${purpose}_idx`)
    throw isTaken ? new AppError(gone) : err
  }
  const user = await readPrivateUser(tx, userId)
  if (!user) throw new AppError(gone)
  return { user, change: await accountChanges(tx, needs).add(userId, { type: 'profile', user }) }
}

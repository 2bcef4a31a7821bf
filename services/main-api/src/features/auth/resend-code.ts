import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  invalidInput,
  notFound,
  rateLimited,
  type resendCode as contract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { lockAccount } from './lock-account.js'
import { canVerify, countMail, sendVerification } from './send-verification.js'
import { verificationStore } from './verification-store.js'

const PAUSE_MS = 60_000

/** Sends a new code to the address that is to be proven; older codes die. There is nothing to send for a proven one. */
export async function resendCode(
  needs: Needs<'config' | 'db' | 'clock' | 'log' | 'limiter'>,
  { userId }: Caller,
  { body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  if (body.type === 'phone') throw refused('this server sends no SMS')
  if (!canVerify(needs)) throw refused('this server sends no mail')
  const account = await verificationStore(needs.db).addresses(userId)
  if (!account) throw new AppError(notFound)
  const { name, locale } = account
  const to = account.pendingEmail ?? account.email
  if (to === null) throw refused('the account has no e-mail address')
  if (account.pendingEmail === null && account.isVerified) return accepted()

  await assertPause(needs, userId)
  const { allowed, retryAfterMs } = await countMail(needs, to)
  if (!allowed) throw new AppError(rateLimited, undefined, { retryAfterMs })
  await needs.db.tx('resend-code', async (tx) => {
    await lockAccount(tx, userId)
    await sendVerification(tx, needs, { userId, to, name, locale })
  })
  return accepted()
}

const accepted = (): Answer<Output<typeof contract>> => answer({}, { status: 202 })

const refused = (message: string): AppError =>
  new AppError(invalidInput, [{ path: 'type', message }])

/** @throws AppError `RATE_LIMITED` within a minute of the code before. */
async function assertPause({ db, clock }: Needs<'db' | 'clock'>, userId: string): Promise<void> {
  const createdAt = await verificationStore(db).createdAt({ userId, purpose: 'email' })
  if (createdAt === null) return
  const retryAfterMs = Date.parse(createdAt) + PAUSE_MS - clock.now().getTime()
  if (retryAfterMs > 0) throw new AppError(rateLimited, undefined, { retryAfterMs })
}

import { type Answer, AppError, type OpenCaller, answer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  type Output,
  RESERVED_USERNAMES,
  type register as contract,
  forbidden,
  validationError,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { readPrivateUser } from '../users/public.js'
import { accountStore } from './account-store.js'
import { createAccount, usernameTaken } from './create-account.js'
import { announceOpened, authResult, openSession } from './open-session.js'
import { assertGoodPassword } from './password-rules.js'
import { toE164 } from './phone-number.js'
import { canVerify, countMail, sendVerification } from './send-verification.js'

type Needed = Needs<'config' | 'db' | 'clock' | 'hashing' | 'hints' | 'redis' | 'log' | 'limiter'>

/**
 * Makes an account and logs its owner in. An e-mail address or phone number that somebody else has is
 * stored all the same, unverified, so that nobody can find out who is here. A code goes to the address; one that
 * gets too many is left alone.
 */
export async function register(
  needs: Needed,
  caller: OpenCaller,
  { body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const { username, password } = body
  assertGoodPassword(password, username)
  const phone = body.phone === undefined ? undefined : phoneOf(body.phone)
  // There are no invitations yet, so no code is a valid one.
  if (needs.config.REGISTRATION_MODE !== 'open') throw new AppError(forbidden)
  if (RESERVED_USERNAMES.includes(username)) throw usernameTaken()
  // Asked before the expensive hash; the constraint decides between two at once.
  if (await accountStore(needs.db).usernameExists(username)) throw usernameTaken()

  const passwordHash = await needs.hashing.hash(password)
  const mayMail = body.email !== undefined && (await mayVerify(needs, body.email))
  const { opened, user } = await needs.db.tx('register', async (tx) => {
    const { email, displayName } = body
    const userId = await createAccount(tx, needs, {
      username,
      passwordHash,
      displayName,
      email,
      phone,
    })
    if (mayMail && email !== undefined) await sendFirstCode(tx, needs, userId, email)
    const opened = await openSession(tx, needs, caller, { userId, device: body.device })
    return { opened, user: await readPrivateUser(tx, userId) }
  })
  if (!user) throw new Error('a new account cannot be read')
  await announceOpened(needs, opened)
  return answer(authResult(needs, opened, user), { status: 201 })
}

/** @throws AppError `VALIDATION_ERROR` with path `phone`. */
function phoneOf(text: string): string {
  const number = toE164(text)
  if (number !== null) return number
  throw new AppError(validationError, [
    { path: 'phone', message: 'is no phone number; write it with + and the country' },
  ])
}

const mayVerify = async (needs: Needed, email: string): Promise<boolean> =>
  canVerify(needs) && (await countMail(needs, email)).allowed

async function sendFirstCode(tx: Sql, needs: Needed, userId: string, to: string): Promise<void> {
  const account = await readPrivateUser(tx, userId)
  const { displayName: name = to, locale = 'en' } = account ?? {}
  await sendVerification(tx, needs, { userId, to, name, locale })
}

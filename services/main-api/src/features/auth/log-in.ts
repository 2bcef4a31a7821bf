import { AppError, type OpenCaller } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  type Output,
  accountDisabled,
  invalidCredentials,
  type logIn as contract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { tellLogIn } from '../mail/public.js'
import { readPrivateUser } from '../users/public.js'
import { accountStore } from './account-store.js'
import { lockAccount } from './lock-account.js'
import { countingFailures } from './log-in-failures.js'
import { countingKey, namesOf } from './log-in-names.js'
import { type OpenedSession, announceOpened, authResult, openSession } from './open-session.js'

type Needed = Needs<'config' | 'db' | 'clock' | 'hashing' | 'hints' | 'redis' | 'log' | 'limiter'>

/**
 * Logs in. An unknown account and a wrong password give one answer after the same work; ten failures an
 * hour for one name, known or not, give 429. A device that belongs to the account has a count of its own,
 * so that strangers cannot lock its owner out.
 */
export async function logIn(
  needs: Needed,
  caller: OpenCaller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const names = namesOf(body)
  const account = await accountStore(needs.db).find(names, body.device?.id ?? null)
  const key = account?.isOwnDevice ? `device:${String(body.device?.id)}` : countingKey(body, names)
  const isRight = await countingFailures(needs, key, () =>
    needs.hashing.verify(body.password, account?.passwordHash ?? null),
  )
  if (!account || !isRight) throw new AppError(invalidCredentials)
  if (account.isSuspended) throw new AppError(accountDisabled)

  const { opened, user } = await needs.db.tx('log-in', async (tx) => {
    // Read again under the lock: the account may have been suspended or deleted meanwhile.
    const locked = await lockAccount(tx, account.id)
    if (!locked) throw new AppError(invalidCredentials)
    if (locked.isSuspended) throw new AppError(accountDisabled)
    const opened: OpenedSession = await openSession(tx, needs, caller, {
      userId: account.id,
      device: body.device,
    })
    await tellIfNew(tx, needs, opened)
    return { opened, user: await readPrivateUser(tx, account.id) }
  })
  if (!user) throw new AppError(invalidCredentials)
  await announceOpened(needs, opened)
  return authResult(needs, opened, user)
}

async function tellIfNew(tx: Sql, needs: Needed, opened: OpenedSession): Promise<void> {
  const { newDeviceName: deviceName, createdAt: at } = opened
  if (deviceName !== undefined) await tellLogIn(tx, needs, { ...opened, deviceName, at })
}

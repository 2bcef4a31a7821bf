import { type Answer, AppError, type ServiceCaller, answer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type AccountChange,
  type Input,
  type Output,
  alreadyExists,
  type bootstrapAdmin as contract,
  validationError,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { assertGoodPassword, createAccount } from '../auth/public.js'
import { accountChanges, hintAccount, readPrivateUser } from '../users/public.js'
import { adminStore } from './admin-store.js'

type Needed = Needs<'db' | 'clock' | 'hashing' | 'hints'>
type Body = Input<typeof contract>['body']

/**
 * Makes the first administrator: an existing account is raised, an unknown username is made and needs a
 * password. Reserved names are free here: the operator is whom they are reserved for.
 */
export async function bootstrapAdmin(
  needs: Needed,
  _caller: ServiceCaller,
  { body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  // Asked before the expensive hash; under the lock it is asked again.
  if (await adminStore(needs.db).exists()) throw new AppError(alreadyExists)
  const passwordHash = await hashOf(needs, body)
  const { user, change } = await needs.db.tx('bootstrap-admin', async (tx) => {
    const admins = adminStore(tx)
    await admins.lock()
    if (await admins.exists()) throw new AppError(alreadyExists)
    const raised = await admins.raise(body.username)
    const userId = raised ?? (await makeAdmin(tx, needs, body, passwordHash))
    const user = await readPrivateUser(tx, userId)
    if (!user) throw new Error('a new administrator cannot be read')
    const change: AccountChange | undefined =
      raised === null
        ? undefined
        : await accountChanges(tx, needs).add(userId, { type: 'profile', user })
    return { user, change }
  })
  if (change) await hintAccount(needs, user.id, change)
  return answer({ user }, { status: 201 })
}

async function hashOf({ hashing }: Needed, body: Body): Promise<string | undefined> {
  if (body.password === undefined) return undefined
  assertGoodPassword(body.password, body.username)
  return hashing.hash(body.password)
}

function makeAdmin(
  tx: Sql,
  needs: Needed,
  { username, email }: Body,
  passwordHash: string | undefined,
): Promise<string> {
  if (passwordHash === undefined) {
    throw new AppError(validationError, [
      { path: 'password', message: 'is needed, because there is no account of this name' },
    ])
  }
  return createAccount(tx, needs, { username, email, passwordHash, role: 'admin' })
}

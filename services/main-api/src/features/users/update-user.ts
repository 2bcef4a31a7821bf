import { AppError, type Caller } from '@sup/service-kit/http'
import { type Sql, isUniqueViolation } from '@sup/service-kit/postgres'
import {
  type Input,
  type Output,
  RESERVED_USERNAMES,
  alreadyExists,
  forbidden,
  notFound,
  type updateUser as contract,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { choosePicture, eraseUnused, pictureFiles } from '../media/public.js'
import { hintRevocations, revocations } from '../revocations/public.js'
import { dropCachedProfile } from './profile-cache.js'
import { profileStore } from './profile-store.js'
import { accountChanges, hintAccount } from './public.js'
import { toColumns } from './user-columns.js'
import { type ChangeableColumns, userStore } from './user-store.js'

type Needed = Needs<'db' | 'clock' | 'hints' | 'redis' | 'log'>

/**
 * Changes the caller's profile and privacy. What is as it was already is no change: it is told to nobody. A
 * change of privacy has every node ask again who may see what.
 */
export async function updateUser(
  needs: Needed,
  caller: Caller,
  { params, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { userId } = caller
  if (params.id !== 'me' && params.id !== userId) return refuseOther(needs, caller, params.id)
  const { user, change, revoked } = await needs.db.tx('update-user', async (tx) => {
    const account = await userStore(tx).lock(userId)
    if (!account) throw new AppError(notFound)
    const before = typeof account['avatar_url'] === 'string' ? account['avatar_url'] : null
    const choice = { fileId: body.avatarFileId, userId, before }
    const avatarUrl = await choosePicture(tx, choice)
    const changes = different(account, toColumns(body, avatarUrl))
    const isPrivacy = Object.keys(changes).some((name) => name.startsWith('privacy_'))
    if (Object.keys(changes).length > 0) await write(tx, userId, changes)
    if (changes.avatar_url !== undefined) await eraseUnused(tx, pictureFiles(before))
    const user = await profileStore(tx).privateUser(userId)
    if (!user) throw new AppError(notFound)
    return {
      user,
      change:
        Object.keys(changes).length > 0
          ? await accountChanges(tx, needs).add(userId, { type: 'profile', user })
          : undefined,
      revoked: isPrivacy ? await revocations(tx, needs).add({ kind: 'audience', userId }) : [],
    }
  })
  if (change) {
    await Promise.all([
      dropCachedProfile(needs, userId),
      hintAccount(needs, userId, change, caller.deviceId),
      hintRevocations(needs, revoked),
    ])
  }
  return user
}

/** Somebody else's profile is seen and may not be changed; one that cannot be seen does not exist. */
async function refuseOther(needs: Needed, { userId }: Caller, id: string): Promise<never> {
  const relation = await profileStore(needs.db).stranger(userId, id)
  throw new AppError(relation ? forbidden : notFound)
}

const different = (
  account: Readonly<Record<string, unknown>>,
  columns: Partial<ChangeableColumns>,
): Partial<ChangeableColumns> =>
  Object.fromEntries(Object.entries(columns).filter(([name, value]) => account[name] !== value))

async function write(tx: Sql, userId: string, changes: Partial<ChangeableColumns>): Promise<void> {
  // Here and not before: who has a reserved name already may keep it.
  if (changes.username !== undefined && RESERVED_USERNAMES.includes(changes.username)) throw taken()
  try {
    await userStore(tx).update(userId, changes)
  } catch (err) {
    throw isUniqueViolation(err, 'users_username_key') ? taken() : err
  }
}

const taken = (): AppError =>
  new AppError(alreadyExists, [{ path: 'username', message: 'is taken: choose another' }])

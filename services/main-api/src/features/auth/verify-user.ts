import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import { type Output, unauthorized, type verifyUser as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readPrivateUser } from '../users/public.js'

/** Says whose token this is, in the body and in the header that the rooms listener of seed 004 reads. */
export async function verifyUser(
  { db }: Needs<'db'>,
  { userId }: Caller,
): Promise<Answer<Output<typeof contract>>> {
  const user = await readPrivateUser(db, userId)
  if (!user) throw new AppError(unauthorized)
  const payload = { userId, username: user.username }
  return answer(payload, { headers: { 'x-user-payload': JSON.stringify(payload) } })
}

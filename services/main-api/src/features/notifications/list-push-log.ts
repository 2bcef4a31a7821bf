import { AppError, type Caller, type HandlerInput } from '@sup/service-kit/http'
import {
  type Output,
  type PushLogEntry,
  type listPushLog as contract,
  notFound,
  type readPushLog as ofSomebody,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { present } from '../../rows.js'
import { readUsernames } from '../users/public.js'
import { pushLogStore } from './push-log-store.js'

/** What happened to the pushes of the own devices, and why. */
export async function listPushLog(
  { db, clock }: Needs<'db' | 'clock'>,
  { userId }: Pick<Caller, 'userId'>,
): Promise<Output<typeof contract>> {
  const byDevice = new Map<string, PushLogEntry[]>()
  for (const row of await pushLogStore(db).list({ userId, now: clock.now() })) {
    const { deviceId, ...entry } = present(row)
    byDevice.set(deviceId, [...(byDevice.get(deviceId) ?? []), entry])
  }
  return [...byDevice].map(([deviceId, entries]) => ({ deviceId, entries }))
}

/**
 * The same of any account, for administrators. It names chats and no content.
 *
 * @throws AppError `NOT_FOUND` for an account that is unknown or deleted.
 */
export async function readPushLog(
  needs: Needs<'db' | 'clock'>,
  _caller: Caller,
  { params }: HandlerInput<typeof ofSomebody>,
): Promise<Output<typeof ofSomebody>> {
  const names = await readUsernames(needs.db, [params.userId])
  if (names.size === 0) throw new AppError(notFound)
  return listPushLog(needs, params)
}

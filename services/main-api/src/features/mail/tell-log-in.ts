import { type Sql, outbox } from '@sup/service-kit/postgres'
import { sessionCreated } from '@sup/types'
import type { Needs } from '../../deps.js'
import { mailStore } from './mail-store.js'
import { isMailOn, sealMail } from './request-mail.js'

/** A log-in on a device that the account did not have before. */
export type NewLogIn = {
  userId: string
  sessionId: string
  deviceId: string
  deviceName: string
  /** ISO time. */
  at: string
  /** Shortened; null when unknown. */
  address: string | null
}

/**
 * Tells an account of a log-in on a new device, at its verified address if it has one.
 *
 * @param tx The transaction of the log-in.
 */
export async function tellLogIn(
  tx: Sql,
  needs: Needs<'config'>,
  { userId, sessionId, deviceId, deviceName, at, address }: NewLogIn,
): Promise<void> {
  if (!isMailOn(needs)) return
  const recipient = await mailStore(tx).recipient(userId)
  if (!recipient?.isVerified) return
  const notice = sealMail(needs, {
    kind: 'security-notice',
    recipient,
    data: {
      event: 'new-login',
      name: recipient.name,
      at,
      deviceName,
      ...(address === null ? {} : { address }),
    },
  })
  await outbox(tx).add(sessionCreated.name, {
    key: userId,
    payload: { userId, sessionId, deviceId, notice },
  })
}

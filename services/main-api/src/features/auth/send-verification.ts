import type { Sql } from '@sup/service-kit/postgres'
import { createHash } from 'node:crypto'
import type { Needs } from '../../deps.js'
import { type Recipient, isMailOn, mailStore, requestMail } from '../mail/public.js'
import { hashToken } from './refresh-tokens.js'
import { CODE_LIFE_MS, hashCode, newCode } from './verification-code.js'
import { verificationStore } from './verification-store.js'

/** Says whether codes can be had: by mail, or outside production from the log. */
export const canVerify = (needs: Needs<'config'>): boolean =>
  isMailOn(needs) || needs.config.NODE_ENV !== 'production'

/**
 * Counts a mail to an address before it is requested, so that nobody's mailbox is flooded by strangers.
 *
 * @returns Whether it may be sent, else the time to wait.
 */
export async function countMail(
  { limiter }: Needs<'limiter'>,
  email: string,
): Promise<{ allowed: boolean; retryAfterMs: number }> {
  const key = createHash('sha256').update(email).digest('base64url')
  return (await limiter.take('mails', key)) ?? { allowed: true, retryAfterMs: 0 }
}

/**
 * Sends the code and the link that prove an address. When somebody else has proven that it is theirs, they are
 * told instead: whoever asks learns nothing, and gets no code.
 *
 * @param tx The transaction of the change that made the address known.
 */
export async function sendVerification(
  tx: Sql,
  needs: Needs<'config' | 'clock' | 'log'>,
  recipient: Recipient,
): Promise<void> {
  const { userId, to, name } = recipient
  const now = needs.clock.now()
  const at = now.toISOString()
  const owner = await mailStore(tx).owner(to)
  if (owner && owner.userId !== userId) {
    const data = { event: 'address-used', name: owner.name, at } as const
    await requestMail(tx, needs, { kind: 'security-notice', recipient: owner, data })
    return
  }
  const { code, token } = newCode()
  const expiresAt = new Date(now.getTime() + CODE_LIFE_MS).toISOString()
  await verificationStore(tx).replace({
    userId,
    purpose: 'email',
    target: to,
    codeHash: hashCode(needs.config.ENCRYPTION_KEY, { userId, purpose: 'email', code }),
    tokenHash: hashToken(token),
    at,
    expiresAt,
  })
  const data = { name, code, token, expiresAt }
  await requestMail(tx, needs, { kind: 'verify-email', recipient, data })
}

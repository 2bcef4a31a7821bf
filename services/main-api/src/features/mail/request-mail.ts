import { type Sql, outbox } from '@sup/service-kit/postgres'
import { createSealer } from '@sup/service-kit/seal'
import { MAIL_DATA, MAIL_SEAL, type MailData, type MailKind, emailRequested } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { Recipient } from './mail-store.js'

/** A mail before it is sealed. `data` names the recipient as the mail is to address them. */
export type NewMail<K extends MailKind> = { kind: K; recipient: Recipient; data: MailData<K> }

/** Says whether this server sends mail. */
export const isMailOn = ({ config }: Needs<'config'>): boolean => config.SMTP_HOST !== undefined

/**
 * Requests a mail in the transaction of the change that causes it: it is sent if and only if the change is
 * made. Without `SMTP_HOST` nothing is written; outside production the code or link is in the log instead.
 *
 * @throws Error when `data` does not have the form of its kind, which is a bug.
 */
export async function requestMail<K extends MailKind>(
  tx: Sql,
  needs: Needs<'config' | 'log'>,
  mail: NewMail<K>,
): Promise<void> {
  if (!isMailOn(needs)) {
    tellDeveloper(needs, mail)
    return
  }
  const { userId } = mail.recipient
  await outbox(tx).add(emailRequested.name, {
    key: userId,
    payload: { kind: mail.kind, userId, ...sealMail(needs, mail) },
  })
}

/** Address and sealed content of a mail, as outbox rows carry them. */
export function sealMail<K extends MailKind>(
  { config }: Needs<'config'>,
  { kind, recipient: { to, locale }, data }: NewMail<K>,
): { to: string; locale: string; data: string } {
  const text = JSON.stringify(MAIL_DATA[kind].parse(data))
  return {
    to,
    locale,
    data: createSealer(config.ENCRYPTION_KEY, MAIL_SEAL).seal(text).toString('base64'),
  }
}

/** Field names that the log does not hide: without a mail server this is how developers get the code. */
function tellDeveloper(
  { config, log }: Needs<'config' | 'log'>,
  { kind, recipient, data }: NewMail<MailKind>,
): void {
  if (config.NODE_ENV === 'production') return
  log.info('Mail is off; this would have been sent', {
    user: recipient.userId,
    kind,
    ...('code' in data ? { digits: data.code } : {}),
    ...('token' in data ? { link: `${config.PUBLIC_URL}/#${data.token}` } : {}),
  })
}

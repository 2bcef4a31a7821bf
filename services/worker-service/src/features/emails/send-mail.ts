import { PermanentFailure } from '@sup/service-kit/duties'
import type { RunningJob } from '@sup/service-kit/jobs'
import { createSealer } from '@sup/service-kit/seal'
import {
  type EmailDuty,
  MAIL_DATA,
  MAIL_SEAL,
  type MailData,
  type MailKind,
  OptionalMailKind,
  QUEUES,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { type Mailbox, domainOf, readMailbox } from '../../mailbox.js'
import { once } from '../../once.js'
import { type Attempt, deliveryStore } from './delivery-store.js'
import { wordsFor } from './languages.js'
import { oneLine, writeHtml, writeText } from './letter.js'
import { linksOf } from './links.js'
import { LONGEST_DELIVERY_MS, type OutgoingMail } from './smtp-loop.js'
import { writeLetter } from './write-letter.js'

/** Longer than a delivery can take, and shorter than the time after which the relay repeats a duty. */
const LEASE_MS = LONGEST_DELIVERY_MS + 15_000

type Needed = Needs<'config' | 'db' | 'smtp' | 'clock' | 'log' | 'metrics'>
type Content = Omit<OutgoingMail, 'messageId' | 'from' | 'to' | 'date'>
type Result = 'sent' | 'failed' | 'expired' | 'retried'

/**
 * Sends one mail, exactly once as far as SMTP allows: a worker that dies after the server has taken the mail and
 * before it could say so makes it be sent again, under the same Message-ID, by which mail programs know it.
 *
 * A mail that the server refuses for good is done, as is one whose code is past its time. Everything else is tried
 * again, by Bull and then by the relay, until the server takes it.
 *
 * @throws PermanentFailure when `data` cannot be read: the duty stays in the outbox, where it is seen. Error when the
 *   mail could not be sent now.
 */
export async function sendMail(
  needs: Needed,
  duty: EmailDuty,
  job: Pick<RunningJob, 'id' | 'name'>,
): Promise<void> {
  await once(needs, QUEUES.EMAILS, job, () => deliver(needs, duty, job.id))
}

async function deliver(needs: Needed, duty: EmailDuty, id: string): Promise<void> {
  const { type: kind } = duty
  const data = readData(needs, kind, duty.data)
  const deliveries = deliveryStore(needs.db)
  const attempt = await deliveries.claim({ id, kind, leaseMs: LEASE_MS })
  if (!attempt) {
    const state = await deliveries.state(id)
    if (state === 'sending') throw new Error('another worker has this mail in hand')
    return
  }
  if ('expiresAt' in data && Date.parse(data.expiresAt) <= needs.clock.now().getTime()) {
    await deliveries.end(attempt, 'expired')
    count(needs, kind, 'expired')
    return
  }
  await hand(needs, attempt, {
    kind,
    to: duty.to,
    content: compose(needs, duty.locale, kind, data),
  })
}

async function hand(
  needs: Needed,
  attempt: Attempt,
  { kind, to, content }: { kind: MailKind; to: string; content: Content },
): Promise<void> {
  const { smtp, db, clock, log, config } = needs
  const deliveries = deliveryStore(db)
  const from = senderOf(config.MAIL_FROM)
  try {
    if (!smtp) throw new Error('SMTP_HOST is not set')
    const messageId = `<${attempt.id}@${domainOf(from)}>`
    const outcome = await smtp.send({ ...content, messageId, from, to, date: clock.now() })
    if (outcome.result === 'later') throw new Error(`the mail server answered ${outcome.reply}`)
    if (outcome.result === 'refused') {
      log.warn('A mail was refused for good', { job: attempt.id, kind, reply: outcome.reply })
      await deliveries.end(attempt, 'failed', outcome.reply)
      count(needs, kind, 'failed')
      return
    }
  } catch (err) {
    await deliveries.release(attempt)
    count(needs, kind, 'retried')
    throw err
  }
  await deliveries.end(attempt, 'sent')
  count(needs, kind, 'sent')
}

/** @throws PermanentFailure for what was not sealed by this server for mail, and what is no such data. */
function readData<K extends MailKind>(
  { config }: Needs<'config'>,
  kind: K,
  sealed: string,
): MailData<K> {
  try {
    const sealer = createSealer(config.ENCRYPTION_KEY, MAIL_SEAL)
    const data = sealer.unseal(Buffer.from(sealed, 'base64')).toString('utf8')
    // A parsing border: the schema of this kind is the one `MailData` takes its type from.
    return MAIL_DATA[kind].parse(JSON.parse(data)) as MailData<K>
  } catch {
    // Without its cause, which may quote what was sealed.
    throw new PermanentFailure(
      `the data of ${kind} cannot be read: is ENCRYPTION_KEY that of main-api?`,
    )
  }
}

function compose<K extends MailKind>(
  { config }: Needs<'config'>,
  locale: string,
  kind: K,
  data: MailData<K>,
): Content {
  const links = linksOf(config.PUBLIC_URL)
  const letter = writeLetter(wordsFor(locale), { kind, data, links })
  const isOptional = OptionalMailKind.safeParse(kind).success && 'unsubscribeToken' in data
  return {
    subject: oneLine(letter.subject),
    text: writeText(letter),
    html: writeHtml(letter),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...(isOptional ? unsubscribing(links.oneClick(data.unsubscribeToken)) : {}),
    },
  }
}

const unsubscribing = (url: string): Record<string, string> => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

/** @throws Error for what the configuration does not let through. */
function senderOf(text: string): Mailbox {
  const mailbox = readMailbox(text)
  if (!mailbox) throw new Error('MAIL_FROM is no mail address')
  return mailbox
}

function count({ metrics }: Needs<'metrics'>, kind: MailKind, result: Result): void {
  metrics
    .counter('sup_emails_total', 'Mails by what became of them', ['kind', 'result'])
    .inc({ kind, result })
}

import { z } from 'zod'
import { eventType, jobType } from '../contract.js'
import { Ts, Uuid, b64 } from '../scalars.js'

/** The mails this server sends; each is a `type` on the queue `emails` (wire-contract 13.2). */
export const MailKind = z.enum([
  'verify-email',
  'password-reset',
  'security-notice',
  'new-message',
  'digest',
  'account-deletion',
  'export-ready',
])
export type MailKind = z.output<typeof MailKind>

/** The kinds that a person may stop by the link in them. */
export const OptionalMailKind = z.enum(['new-message', 'digest'])
export type OptionalMailKind = z.output<typeof OptionalMailKind>

/** Whom the mail addresses by name. Display names are at most 64 characters long. */
const person = { name: z.string().min(1).max(64) }
const token = z.string().min(1).max(512)

/** What was missed: names and counts of managed chats; of end-to-end encrypted ones only how many. */
const missed = {
  ...person,
  chats: z.array(z.strictObject({ name: z.string().max(128), unread: z.int().min(1) })).max(50),
  /** Managed chats beyond the 50 that are named. */
  moreChats: z.int().min(0),
  encryptedChats: z.int().min(0),
  unsubscribeToken: token,
}

/**
 * What a mail says besides its fixed text, by kind. It crosses outbox, RabbitMQ and Redis as the JSON inside
 * `data`, sealed with `ENCRYPTION_KEY`. What is past `expiresAt` is not sent any more.
 */
export const MAIL_DATA = {
  'verify-email': z.strictObject({
    ...person,
    code: z.string().regex(/^\d{6}$/),
    token,
    expiresAt: Ts,
  }),
  'password-reset': z.strictObject({ ...person, token, expiresAt: Ts }),
  'security-notice': z.discriminatedUnion('event', [
    z.strictObject({
      ...person,
      event: z.literal('new-login'),
      at: Ts,
      deviceName: z.string().max(64),
      /** Shortened to /24 or /48. */
      address: z.string().max(64).optional(),
    }),
    /** Somebody else made an account with the address of this one. */
    z.strictObject({ ...person, event: z.literal('address-used'), at: Ts }),
  ]),
  'new-message': z.strictObject(missed),
  digest: z.strictObject(missed),
  'account-deletion': z.strictObject({ ...person, deletedAt: Ts }),
  'export-ready': z.strictObject({ ...person, url: z.url().max(2048), expiresAt: Ts }),
} as const satisfies Record<MailKind, z.ZodType>
export type MailData<K extends MailKind = MailKind> = z.output<(typeof MAIL_DATA)[K]>

/** Purpose under which `data` is sealed: the HKDF info of wire-contract 13.2. */
export const MAIL_SEAL = 'sup-mail-v1'

/** Where a mail goes, and its sealed content. */
const addressed = {
  to: z.email().max(254),
  /** A BCP 47 tag; what there are no words for is English. */
  locale: z.string().min(1).max(35),
  data: b64(28, 32_768),
}

// ------------------------------------------------------------------------------------------------ outbox rows

export const emailRequested = eventType(
  'email.requested',
  z.strictObject({ kind: MailKind, userId: Uuid.optional(), ...addressed }),
  'Outbox: a mail is to be sent',
)

/** Written when somebody is to be told of the log-in, which is all that follows from it. */
export const sessionCreated = eventType(
  'session.created',
  z.strictObject({
    userId: Uuid,
    sessionId: Uuid,
    deviceId: Uuid,
    /** `data` is that of a `security-notice`. */
    notice: z.strictObject(addressed),
  }),
  'Outbox: somebody logged in on a device that the account did not have',
)

// --------------------------------------------------------------------------------------- bodies (contract 13.2)

/** Body of a message on `emails`. */
export const EmailDuty = z.object({
  id: Uuid.optional(),
  occurredAt: Ts,
  type: MailKind,
  userId: Uuid.optional(),
  ...addressed,
})
export type EmailDuty = z.output<typeof EmailDuty>

export const emailSend = eventType('email.send', EmailDuty, 'RabbitMQ: send a mail')

// ------------------------------------------------------------------------------------------------------- jobs

/** More than the three time limits of one delivery over SMTP together. */
const TIMEOUT_MS = 60_000

const mailJob = <const K extends MailKind>(kind: K, summary: string) =>
  jobType(kind, EmailDuty, { summary, attempts: 3, timeoutMs: TIMEOUT_MS })

export const sendVerifyEmail = mailJob('verify-email', 'Mail the code that proves an address')
export const sendPasswordReset = mailJob('password-reset', 'Mail the link that resets a password')
export const sendSecurityNotice = mailJob('security-notice', 'Mail what happened to an account')
export const sendNewMessage = mailJob('new-message', 'Mail that messages wait')
export const sendDigest = mailJob('digest', 'Mail what was missed in a day or a week')
export const sendAccountDeletion = mailJob('account-deletion', 'Mail that an account will end')
export const sendExportReady = mailJob('export-ready', 'Mail where an export can be fetched')

export const mailJobs = [
  sendVerifyEmail,
  sendPasswordReset,
  sendSecurityNotice,
  sendNewMessage,
  sendDigest,
  sendAccountDeletion,
  sendExportReady,
] as const

import { type BreakerState, CircuitBreaker } from '@sup/service-kit/breaker'
import type { Clock } from '@sup/service-kit/clock'
import { createTransport } from 'nodemailer'
import type { Config } from '../../config.js'
import type { Mailbox } from '../../mailbox.js'

/** The port on which TLS begins at once; on others it begins by STARTTLS. */
const TLS_PORT = 465
const CONNECTIONS = 2
const TIMEOUT_MS = 10_000
/** Shorter than the time after which servers hang up. */
const IDLE_MS = 10_000
/** Replies about log-in: what is wrong is our configuration and not the mail. */
const LOG_IN_REPLIES = [530, 534, 535, 538]
/** The server hangs up. */
const CLOSING = 421

/** The longest that one delivery takes, in milliseconds: a server may answer a little at a time. */
export const LONGEST_DELIVERY_MS = 30_000

/** A mail as it goes out. */
export type OutgoingMail = {
  messageId: string
  from: Mailbox
  to: string
  date: Date
  subject: string
  text: string
  html: string
  headers: Readonly<Record<string, string>>
}

/** What became of it: `refused` for good, `later` for this mail alone; `reply` is the server's code. */
export type SmtpOutcome =
  { result: 'sent' } | { result: 'refused'; reply: number } | { result: 'later'; reply: number }

/** The way to the mail server. */
export type SmtpLoop = {
  /**
   * Hands a mail to the server, once: nothing is repeated here.
   *
   * @throws Error when the server does not take mail now (unreachable, no TLS, no log-in, hanging up), or the breaker
   *   is open. It names neither address nor content.
   */
  send: (mail: OutgoingMail) => Promise<SmtpOutcome>
  stop: () => void
}

type Options = {
  config: Config
  host: string
  clock: Clock
  onState: (state: BreakerState) => void
}

/**
 * Opens the way to the mail server: a few connections, kept for a moment, with a breaker before them.
 *
 * TLS is used from the start on port 465, else as soon as the server offers it; with a log-in it is a condition, so
 * that no password is sent in the clear. Certificates are verified.
 */
export function createSmtpLoop({ config, host, clock, onState }: Options): SmtpLoop {
  const { SMTP_PORT: port, SMTP_USER: user, SMTP_PASSWORD: pass = '' } = config
  const transport = createTransport({
    pool: true,
    host,
    port,
    secure: port === TLS_PORT,
    requireTLS: user !== undefined && port !== TLS_PORT,
    tls: { minVersion: 'TLSv1.2' },
    ...(user === undefined ? {} : { auth: { user, pass } }),
    maxConnections: CONNECTIONS,
    // A connection that broke may have delivered: whether to repeat is decided by who keeps the account of it.
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const breaker = new CircuitBreaker({ clock, onState })

  const hand = async ({ from, to, ...mail }: OutgoingMail): Promise<SmtpOutcome> => {
    try {
      await transport.sendMail({
        ...mail,
        from,
        to: { name: '', address: to },
        envelope: { from: from.address, to: [to] },
        signal: AbortSignal.timeout(LONGEST_DELIVERY_MS),
      })
      return { result: 'sent' }
    } catch (err) {
      return outcomeOf(err)
    }
  }
  return {
    // An answer about one mail is an answer: only a server that takes none counts as down.
    send: (mail) => breaker.call(() => hand(mail)),
    stop: () => {
      transport.close()
    },
  }
}

/** @throws Error when it was not about this mail; made anew, because the driver's names addresses. */
function outcomeOf(err: unknown): SmtpOutcome {
  const { code = 'unknown', responseCode: reply } = factsOf(err)
  const isAboutTheMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (
    reply !== undefined &&
    isAboutTheMail &&
    reply !== CLOSING &&
    !LOG_IN_REPLIES.includes(reply)
  ) {
    // 503 is about the order of commands, so about the connection.
    return reply >= 500 && reply !== 503 ? { result: 'refused', reply } : { result: 'later', reply }
  }
  throw new Error(`the mail server takes no mail: ${code}${reply === undefined ? '' : ` ${reply}`}`)
}

function factsOf(err: unknown): { code?: string; responseCode?: number } {
  if (!(err instanceof Error)) return {}
  const code = 'code' in err && typeof err.code === 'string' ? err.code : undefined
  const reply = 'responseCode' in err ? Number(err.responseCode) : Number.NaN
  return {
    ...(code === undefined ? {} : { code }),
    ...(Number.isInteger(reply) ? { responseCode: reply } : {}),
  }
}

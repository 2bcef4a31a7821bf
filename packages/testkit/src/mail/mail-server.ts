import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { type ParsedMail, parseMail } from './parse-mail.js'

/** A mail that the server took, with the envelope it came in. */
export type ReceivedMail = ParsedMail & { from: string; to: string[]; raw: string }

/** Where a conversation can be refused. */
export type SmtpStage = 'connect' | 'mail' | 'rcpt' | 'data'

/** A real SMTP server on this machine that keeps what it gets. */
export type MailServer = {
  port: number
  /** What was taken since the start or `clear`, oldest first. */
  mails: () => ReceivedMail[]
  clear: () => void
  /** Resolves with the first mail, taken already or still to come, that fits. */
  find: (fits: (mail: ReceivedMail) => boolean) => Promise<ReceivedMail>
  /** From now on answers with these codes, such as `{ rcpt: 550 }`; `{}` accepts again. */
  refuse: (codes: Partial<Record<SmtpStage, number>>) => void
  /** How often each stage was reached. */
  counts: () => Readonly<Record<SmtpStage, number>>
  /**
   * The next mail is taken in whole, and its sender is not told until `release`; `taken` resolves with it. So does a
   * server that has accepted a mail when the line breaks.
   */
  holdNext: () => { taken: Promise<ReceivedMail>; release: () => void }
  /** Ends it and its connections. */
  stop: () => Promise<void>
  /** Starts it again after `stop`, on the same port. */
  start: () => Promise<void>
}

/**
 * Starts an SMTP server on loopback, without TLS and log-in.
 *
 * @param options `port`: any free one if absent. `onMail` is told of each mail as it is taken.
 */
export async function startMailServer(
  options: { port?: number; onMail?: (mail: ReceivedMail) => void } = {},
): Promise<MailServer> {
  const { keep, ...box } = createBox(options.onMail)
  const { pass, ...gate } = createGate()
  let hold: { take: (mail: ReceivedMail) => void; released: Promise<undefined> } | undefined

  const receive = async (stream: SMTPServerDataStream, envelope: Envelope): Promise<void> => {
    const bytes = await buffer(stream)
    const refusal = pass('data')
    if (refusal) throw refusal
    const mail = { ...parseMail(bytes), ...envelope, raw: bytes.toString('utf8') }
    keep(mail)
    const held = hold
    hold = undefined
    held?.take(mail)
    await held?.released
  }
  let server = makeServer({ pass, receive })
  const port = await listen(server, options.port ?? 0)
  return {
    port,
    ...box,
    ...gate,
    holdNext: () => {
      const { promise: released, resolve: release } = deferred<undefined>()
      const { promise: taken, resolve: take } = deferred<ReceivedMail>()
      hold = { take, released }
      return {
        taken,
        release: () => {
          release(undefined)
        },
      }
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
      }),
    start: async () => {
      server = makeServer({ pass, receive })
      await listen(server, port)
    },
  }
}

/** Keeps what was taken. */
function createBox(
  onMail: (mail: ReceivedMail) => void = () => undefined,
): Pick<MailServer, 'mails' | 'clear' | 'find'> & { keep: (mail: ReceivedMail) => void } {
  const taken: ReceivedMail[] = []
  const listeners = new Set<(mail: ReceivedMail) => void>()
  return {
    keep: (mail) => {
      taken.push(mail)
      onMail(mail)
      for (const listener of [...listeners]) listener(mail)
    },
    mails: () => [...taken],
    clear: () => {
      taken.splice(0)
    },
    find: (fits) =>
      new Promise((resolve) => {
        const look = (mail: ReceivedMail): void => {
          if (!fits(mail)) return
          listeners.delete(look)
          resolve(mail)
        }
        listeners.add(look)
        for (const mail of taken) look(mail)
      }),
  }
}

/** Lets pass or refuses, and counts. */
function createGate(): Pick<MailServer, 'refuse' | 'counts'> & Pick<Behaviour, 'pass'> {
  const counts = { connect: 0, mail: 0, rcpt: 0, data: 0 }
  let codes: Partial<Record<SmtpStage, number>> = {}
  return {
    pass: (stage) => {
      counts[stage] += 1
      const responseCode = codes[stage]
      return responseCode === undefined
        ? null
        : Object.assign(new Error('not now, says this test'), { responseCode })
    },
    refuse: (wanted) => {
      codes = wanted
    },
    counts: () => ({ ...counts }),
  }
}

type Envelope = { from: string; to: string[] }
type Behaviour = {
  pass: (stage: SmtpStage) => Error | null
  receive: (stream: SMTPServerDataStream, envelope: Envelope) => Promise<void>
}

function makeServer({ pass, receive }: Behaviour): SMTPServer {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, done) => {
      done(pass('connect'))
    },
    onMailFrom: (_address, _session, done) => {
      done(pass('mail'))
    },
    onRcptTo: (_address, _session, done) => {
      done(pass('rcpt'))
    },
    onData: (stream, { envelope }, done) => {
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
      const to = envelope.rcptTo.map(({ address }) => address)
      receive(stream, { from, to }).then(
        () => {
          done()
        },
        (error: unknown) => {
          done(error instanceof Error ? error : new Error('not taken'))
        },
      )
    },
  })
  // A client that breaks off is what some tests are about.
  server.on('error', () => undefined)
  return server
}

function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const listening = server.listen(port, '127.0.0.1', () => {
      const address = listening.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}

import { AppError, unavailable } from '@sup/service-kit/http'
import type { Hints } from '@sup/service-kit/hints'
import type { Logger } from '@sup/service-kit/log'
import type { Metrics } from '@sup/service-kit/metrics'
import { type Database, isUniqueViolation } from '@sup/service-kit/postgres'
import {
  LIMITS,
  type Message,
  forbidden,
  gone,
  idempotencyConflict,
  insufficientPermissions,
  internalError,
  invalidInput,
  mismatchedDevices,
  notFound,
} from '@sup/types'
import type { Config } from '../../config.js'
import { type Carrier, readFiles } from '../media/public.js'
import { type Verdict, batchStore } from './batch-store.js'
import { type PreparedSend, storedMessage } from './prepare-send.js'
import { publishMessages } from './publish-messages.js'
import { readMessages } from './public.js'

/** A stored message; `json` is its encoding, made once for everybody who passes it on. */
export type Accepted = { message: Message; json: string; duplicate: boolean }

/** Stores sends: those of one chat in the order of their `send` calls, many in one transaction. */
export type SendLoop = {
  /**
   * Resolves after the commit.
   *
   * @throws what `POST /api/v1/messages` may answer
   */
  send: (send: PreparedSend) => Promise<Accepted>
  /** Refuses new sends and resolves when the accepted ones are stored. */
  stop: () => Promise<void>
}

type Waiting = {
  send: PreparedSend
  resolve: (accepted: Accepted) => void
  reject: (err: unknown) => void
}

type Needed = {
  config: Pick<Config, 'PUBLIC_URL'>
  db: Database
  hints: Hints
  log: Logger
  metrics: Metrics
}

/**
 * Adaptive group commit (STACK section 4): each lane has one batch in flight, and a batch is what arrived
 * while the one before it ran. Alone, a send waits for nothing. A chat always uses the same lane, so its
 * entries are published in commit order.
 *
 * @param lanes How many batches may be in flight; more than the database has cores gains nothing.
 */
export function createSendLoop(needed: Needed, lanes: number): SendLoop {
  const all = Array.from({ length: lanes }, () => createLane(needed))
  let stopped = false
  return {
    send(send) {
      if (stopped) return Promise.reject(unavailable(new Error('the send loop has stopped')))
      const lane = all[laneOf(send.message.chatId, lanes)]
      if (!lane) return Promise.reject(new Error('there is no lane'))
      return lane.send(send)
    },
    async stop() {
      stopped = true
      await Promise.all(all.map((lane) => lane.idle()))
    },
  }
}

/** The last digits of a UUID are random in every version. */
const laneOf = (chatId: string, lanes: number): number => parseInt(chatId.slice(-6), 16) % lanes

function createLane(needed: Needed) {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const { batch, rest } = takeBatch(waiting)
      waiting = rest
      await storeBatch(needed, batch)
    }
    running = undefined
  }

  return {
    send: (send: PreparedSend) =>
      new Promise<Accepted>((resolve, reject) => {
        waiting.push({ send, resolve, reject })
        // What arrives in this turn of the event loop still joins the batch.
        running ??= new Promise<void>((started) => setImmediate(started)).then(run)
      }),
    idle: async () => {
      while (running) await running
    },
  }
}

/**
 * At most 500 sends and 1 MiB; a larger one goes alone. A twin of a send in the same batch waits for the
 * next one, where it is a replay like any other.
 */
function takeBatch(waiting: Waiting[]): { batch: Waiting[]; rest: Waiting[] } {
  const batch: Waiting[] = []
  const rest: Waiting[] = []
  const keys = new Set<string>()
  let bytes = 0
  for (const item of waiting) {
    const fits = batch.length < LIMITS.batchItems && bytes + item.send.bytes <= LIMITS.batchBytes
    const isFull = rest.length > 0 && !fits
    if (isFull || (!fits && batch.length > 0) || keys.has(item.send.key)) rest.push(item)
    else {
      batch.push(item)
      keys.add(item.send.key)
      bytes += item.send.bytes
    }
  }
  return { batch, rest }
}

async function storeBatch(needed: Needed, batch: Waiting[]): Promise<void> {
  try {
    const verdicts = await batchStore(needed.db).accept(batch.map((item) => item.send))
    await answerBatch(needed, batch, verdicts)
  } catch (err) {
    if (batch.length > 1 && isUniqueViolation(err)) {
      needed.log.error('a batch met a unique violation, which is a bug; sending one by one', {
        err,
      })
      for (const item of batch) await storeBatch(needed, [item])
      return
    }
    for (const item of batch) item.reject(err)
  }
}

async function answerBatch(
  needed: Needed,
  batch: Waiting[],
  verdicts: readonly Verdict[],
): Promise<void> {
  const stored: { accepted: Accepted; hiddenFor: string[] | null }[] = []
  const answers: (() => void)[] = []
  const replays: { item: Waiting; verdict: Verdict }[] = []
  const byOrd = new Map(verdicts.map((verdict) => [verdict.ord, verdict]))
  const filesOf = await readFiles(
    { sql: needed.db, ...needed },
    batch.filter((_item, i) => byOrd.get(i)?.verdict === null).map(({ send }) => carrierOf(send)),
  )
  batch.forEach((item, i) => {
    const verdict = byOrd.get(i)
    if (verdict?.verdict === null && verdict.seq !== null) {
      const { seq, createdAt, deviceNumber, hiddenFor } = verdict
      const attachments = filesOf(carrierOf(item.send, createdAt))
      const message = storedMessage(item.send, { seq, createdAt, deviceNumber, attachments })
      const accepted = { message, json: JSON.stringify(message), duplicate: false }
      stored.push({ accepted, hiddenFor })
      answers.push(() => {
        item.resolve(accepted)
      })
    } else if (verdict?.verdict === 'DUPLICATE') replays.push({ item, verdict })
    else
      answers.push(() => {
        item.reject(refusal(item.send, verdict))
      })
  })
  // Before the answers: the sender's own sockets then hear of the message no later than of its acceptance.
  publishMessages(needed, stored)
  for (const answer of answers) answer()
  for (const replay of replays) await answerReplay(needed, replay)
}

const carrierOf = ({ message, sender }: PreparedSend, createdAt = ''): Carrier => ({
  senderId: sender.userId,
  createdAt,
  attachments: message.attachments,
})

/** The first result, with the message as it is now. */
async function answerReplay(
  { db, config }: Needed,
  { item, verdict }: { item: Waiting; verdict: Verdict },
): Promise<void> {
  try {
    const { userId } = item.send.sender
    const message = (await readMessages({ sql: db, config }, userId, [verdict.messageId])).get(
      verdict.messageId,
    )
    if (!message) throw new AppError(notFound)
    item.resolve({ message, json: JSON.stringify(message), duplicate: true })
  } catch (err) {
    item.reject(err)
  }
}

type Refusing = (path: string, message: PreparedSend['message']) => AppError

/** What the verdicts of `accept_messages` mean to the sender. */
const REFUSALS: Readonly<Record<string, Refusing>> = {
  IDEMPOTENCY_CONFLICT: () => new AppError(idempotencyConflict),
  NOT_FOUND: () => new AppError(notFound),
  INSUFFICIENT_PERMISSIONS: (permission) => new AppError(insufficientPermissions, { permission }),
  FORBIDDEN: () => new AppError(forbidden),
  GONE: () => new AppError(gone),
  INVALID_INPUT: (path) =>
    new AppError(invalidInput, [{ path, message: 'cannot be used in this chat' }]),
  MISMATCHED_DEVICES: (_path, { envelopes = [] }) =>
    new AppError(mismatchedDevices, {
      missingDevices: [],
      extraDevices: envelopes.map(({ userId, deviceId }) => ({ userId, deviceId })),
    }),
}

function refusal({ message }: PreparedSend, verdict: Verdict | undefined): AppError {
  const refuse = REFUSALS[verdict?.verdict ?? '']
  if (refuse) return refuse(verdict?.detail ?? '', message)
  const cause = new Error(`accept_messages answered ${String(verdict?.verdict)}`)
  return new AppError(internalError, undefined, { cause })
}

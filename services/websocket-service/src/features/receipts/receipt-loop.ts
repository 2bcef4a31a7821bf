import type { InternalClient } from '@sup/service-kit/http'
import type { Logger } from '@sup/service-kit/log'
import {
  LIMITS,
  type Message,
  type ReceiptItem,
  type ReceiptResult,
  type UUID,
  moveReceipts,
} from '@sup/types'
import { setTimeout as sleep } from 'node:timers/promises'
import { QueueFullError } from '../../batcher.js'
import {
  type AnnounceNeeds,
  type ReceiptAnnouncer,
  type ReceiptHint,
  createAnnouncer,
} from './announce-receipts.js'
import { type PlainNeeds, plainDeliveries } from './plain-deliveries.js'
import { type Move, createReceiptQueue } from './receipt-queue.js'

const MOST_WAITING = 50_000
/** From one request to the next. People do not see it, and each request costs a transaction however little it holds. */
const REST_MS = 100
/** How long it is remembered which device of this node moved marks: its announcement comes within that. */
const REMEMBER_MS = 5000

export type ReceiptNeeds = AnnounceNeeds & PlainNeeds & { mainApi: InternalClient; log: Logger }

/** The way of read and delivery marks to main-api, and of what they mean to others. */
export class ReceiptLoop {
  readonly #needs: ReceiptNeeds
  readonly #queue = createReceiptQueue()
  readonly #announcer: ReceiptAnnouncer
  /** Devices by chat and user. */
  readonly #movers = new Map<string, UUID>()
  #running: Promise<void> | undefined

  constructor(needs: ReceiptNeeds) {
    this.#needs = needs
    this.#announcer = createAnnouncer(needs)
  }

  /**
   * Moves marks in the next batch.
   *
   * @returns Where they are; undefined when the user is not in the chat.
   * @throws AppError `SERVICE_UNAVAILABLE`; QueueFullError.
   */
  move(item: ReceiptItem): Promise<ReceiptResult | undefined> {
    if (this.#queue.size() >= MOST_WAITING)
      return Promise.reject(new QueueFullError('queue is full'))
    if (item.readSeq !== undefined && item.deviceId !== undefined) {
      this.#remember(item, item.deviceId)
    }
    return new Promise((resolve, reject) => {
      this.#queue.add(item, (err, result) => {
        if (err === undefined) resolve(result)
        else reject(err instanceof Error ? err : new Error('a move failed', { cause: err }))
      })
      this.#start()
    })
  }

  /** Messages, ascending, were written to the plain sockets of a chat, which never say so themselves. */
  written(chatId: UUID, messages: readonly Message[]): void {
    if (this.#queue.size() >= MOST_WAITING) return
    for (const item of plainDeliveries(this.#needs, chatId, messages)) this.#queue.add(item)
    this.#start()
  }

  /** Somebody moved marks, here or anywhere. */
  heard(hint: ReceiptHint): void {
    this.#announcer.announce(hint, this.#movers.get(hint.chatId + hint.userId))
  }

  /** Resolves when nothing waits or travels any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  stop(): void {
    this.#announcer.stop()
  }

  #remember({ chatId, userId }: ReceiptItem, deviceId: UUID): void {
    const key = chatId + userId
    if (!this.#movers.has(key)) {
      setTimeout(() => this.#movers.delete(key), REMEMBER_MS).unref()
    }
    this.#movers.set(key, deviceId)
  }

  /** One request at a time and at most ten a second, each holding what came since the one before it. */
  #start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    while (this.#queue.size() > 0) {
      const moves = this.#queue.take(LIMITS.batchItems)
      await Promise.all([sendMoves(this.#needs, moves), sleep(REST_MS)])
    }
    this.#running = undefined
  }
}

async function sendMoves({ mainApi, log }: ReceiptNeeds, moves: readonly Move[]): Promise<void> {
  try {
    const body = { items: moves.map(({ item }) => item) }
    const { results } = await mainApi.callInternal(moveReceipts, { body, isIdempotent: true })
    const found = new Map(results.map((one) => [one.chatId + one.userId, one] as const))
    for (const { item, onMoved } of moves) {
      const result = found.get(item.chatId + item.userId)
      for (const tell of onMoved) tell(undefined, result)
    }
  } catch (err) {
    log.debug('Marks were not moved', { err })
    for (const { onMoved } of moves) for (const tell of onMoved) tell(err, undefined)
  }
}

import type { InternalClient } from '@sup/service-kit/http'
import { type BatchResult, LIMITS, type SendMessage, type UUID, sendBatch } from '@sup/types'
import { Batcher } from '../../batcher.js'
import type { Connection } from '../../connections.js'

/** Sends that may wait in one lane; beyond, clients are told to come back. */
const MOST_WAITING = 10_000

/** The session on whose behalf a message is sent. */
export type Sender = Pick<Connection, 'userId' | 'deviceId' | 'sessionId'>

/** A message that can be sent again without becoming a second one. */
export type Sendable = SendMessage & { clientMessageId: UUID }

/** The way of messages to main-api. */
export type SendLoop = {
  /**
   * Sends a message in the next batch of its chat's lane.
   *
   * @returns main-api's verdict about this message.
   * @throws AppError `SERVICE_UNAVAILABLE` when main-api does not answer in 3 s; QueueFullError.
   */
  send(sender: Sender, message: Sendable): Promise<BatchResult>
  /** Messages on their way. */
  size(): number
  /** Resolves when none is on its way any more. */
  idle(): Promise<void>
}

type Encoded = { json: string; bytes: number }

/**
 * Makes the lanes. A chat always has the same one, and a lane has one request in flight, so that what one
 * person sends to one chat stays in order; several lanes keep a chat that waits for its lock from holding up
 * all others.
 */
export function createSendLoop(mainApi: InternalClient, laneCount: number): SendLoop {
  const lanes = Array.from({ length: laneCount }, () => createLane(mainApi))
  return {
    send: ({ userId, deviceId, sessionId }, message) => {
      // Encoded once, here: the batch is put together from the texts.
      const json = JSON.stringify({ userId, deviceId, sessionId, message })
      return laneOf(lanes, message.chatId).add({ json, bytes: Buffer.byteLength(json) + 1 })
    },
    size: () => lanes.reduce((sum, lane) => sum + lane.size(), 0),
    async idle() {
      await Promise.all(lanes.map((lane) => lane.idle()))
    },
  }
}

function createLane(mainApi: InternalClient): Batcher<Encoded, BatchResult> {
  return new Batcher({
    maxItems: LIMITS.batchItems,
    maxBytes: LIMITS.batchBytes - FRAME.length,
    maxWaiting: MOST_WAITING,
    sizeOf: ({ bytes }) => bytes,
    send: async (items) => {
      const json = `{"items":[${items.map((item) => item.json).join(',')}]}`
      // Every message has its id, so a batch whose answer was lost may be sent again.
      const { results } = await mainApi.callInternal(sendBatch, { json, isIdempotent: true })
      return results
    },
  })
}

const FRAME = '{"items":[]}'

/** The last digits of a UUID are random, whoever made it. */
function laneOf<T>(lanes: readonly T[], chatId: UUID): T {
  const lane = lanes[Number.parseInt(chatId.slice(-6), 16) % lanes.length]
  if (lane === undefined) throw new RangeError('there are no lanes')
  return lane
}

import {
  PROCESSING,
  cleanupRun,
  deleteMedia,
  mediaDelete,
  mediaDeleted,
  mediaProcess,
  mediaUploaded,
  messageCreated,
  notificationClear,
  notificationMessage,
  notificationTest,
  pruneSessions,
  pushClear,
  pushMessage,
  pushTest,
  pushTestRequested,
  receiptRead,
  sessionRevoked,
} from '@sup/types'
import type { z } from 'zod'

/** An outbox row as the relay reads it. */
export type OutboxRow = {
  id: number
  /** The id of the duty for ever: repetitions carry it too. */
  messageId: string
  type: string
  /** Chat or user id: rows of one key leave in the order of their ids. */
  key: string
  payload: unknown
  /** ISO time of the change. */
  createdAt: string
}

/** What is published for a row. */
export type Duty = {
  routingKey: string
  type: string
  messageId: string
  body: Readonly<Record<string, unknown>>
}

/** What one kind of row becomes; `undefined` when its payload does not have the form of the contract. */
type Mapping = { type: string; toDuty: (row: OutboxRow) => Duty | undefined }

function mapping<P extends z.ZodType>(
  event: { name: string; payload: P },
  duty: {
    routingKey: string
    /** Undefined where nothing follows from such a payload. */
    type: (payload: z.output<P>) => string | undefined
    members: (payload: z.output<P>) => object
  },
): Mapping {
  const { routingKey } = duty
  return {
    type: event.name,
    toDuty(row) {
      const payload = event.payload.safeParse(row.payload)
      const type = payload.success ? duty.type(payload.data) : undefined
      if (!payload.success || type === undefined) return undefined
      const { messageId, createdAt } = row
      const body = {
        id: messageId,
        type,
        occurredAt: createdAt,
        ...duty.members(payload.data),
      }
      return { routingKey, type, messageId, body }
    },
  }
}

/** Which duty follows from which outbox event. Only types whose consumer exists stand here. */
const MAPPINGS: readonly Mapping[] = [
  mapping(sessionRevoked, {
    routingKey: cleanupRun.name,
    type: () => pruneSessions.name,
    members: ({ userId }) => ({ userId }),
  }),
  mapping(mediaUploaded, {
    routingKey: mediaProcess.name,
    type: ({ type }) => PROCESSING[type],
    members: ({ fileId, userId, s3Key }) => ({ fileId, userId, s3Key }),
  }),
  mapping(mediaDeleted, {
    routingKey: mediaDelete.name,
    type: () => deleteMedia.name,
    members: ({ fileId, s3Keys }) => ({ fileId, s3Keys }),
  }),
  mapping(messageCreated, {
    routingKey: notificationMessage.name,
    type: () => pushMessage.name,
    members: (payload) => payload,
  }),
  mapping(receiptRead, {
    routingKey: notificationClear.name,
    type: () => pushClear.name,
    members: (payload) => payload,
  }),
  mapping(pushTestRequested, {
    routingKey: notificationTest.name,
    type: () => pushTest.name,
    members: (payload) => payload,
  }),
]

const byType = new Map(MAPPINGS.map((one) => [one.type, one]))

/** The outbox types that are relayed; rows of any other type stay and raise the alarm. */
export const RELAYED_TYPES: readonly string[] = [...byType.keys()]

/**
 * The duty that an outbox row stands for.
 *
 * @returns Undefined when the type is unknown or the payload does not fit it: such a row can only stay.
 */
export const dutyOf = (row: OutboxRow): Duty | undefined => byType.get(row.type)?.toDuty(row)

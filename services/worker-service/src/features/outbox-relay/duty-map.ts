import {
  PROCESSING,
  cleanupRun,
  deleteMedia,
  emailRequested,
  emailSend,
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
  sendSecurityNotice,
  sessionCreated,
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
    /** Without a type nothing follows from such a payload. */
    toBody: (payload: z.output<P>) => { type: string | undefined }
  },
): Mapping {
  const { routingKey } = duty
  return {
    type: event.name,
    toDuty(row) {
      const payload = event.payload.safeParse(row.payload)
      if (!payload.success) return undefined
      const { type, ...members } = duty.toBody(payload.data)
      if (type === undefined) return undefined
      const { messageId, createdAt } = row
      const body = { id: messageId, type, occurredAt: createdAt, ...members }
      return { routingKey, type, messageId, body }
    },
  }
}

/** Which duty follows from which outbox event. Only types whose consumer exists stand here. */
const MAPPINGS: readonly Mapping[] = [
  mapping(sessionRevoked, {
    routingKey: cleanupRun.name,
    toBody: ({ userId }) => ({ type: pruneSessions.name, userId }),
  }),
  mapping(emailRequested, {
    routingKey: emailSend.name,
    toBody: ({ kind, ...mail }) => ({ type: kind, ...mail }),
  }),
  mapping(sessionCreated, {
    routingKey: emailSend.name,
    toBody: ({ userId, notice }) => ({ type: sendSecurityNotice.name, userId, ...notice }),
  }),
  mapping(mediaUploaded, {
    routingKey: mediaProcess.name,
    toBody: ({ type, fileId, userId, s3Key }) => ({
      type: PROCESSING[type],
      fileId,
      userId,
      s3Key,
    }),
  }),
  mapping(mediaDeleted, {
    routingKey: mediaDelete.name,
    toBody: ({ fileId, s3Keys }) => ({ type: deleteMedia.name, fileId, s3Keys }),
  }),
  mapping(messageCreated, {
    routingKey: notificationMessage.name,
    toBody: (payload) => ({ type: pushMessage.name, ...payload }),
  }),
  mapping(receiptRead, {
    routingKey: notificationClear.name,
    toBody: (payload) => ({ type: pushClear.name, ...payload }),
  }),
  mapping(pushTestRequested, {
    routingKey: notificationTest.name,
    toBody: (payload) => ({ type: pushTest.name, ...payload }),
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

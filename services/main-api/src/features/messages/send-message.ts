import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type SendMessage,
  type sendMessage as contract,
  validationError,
} from '@sup/types'
import { createHash } from 'node:crypto'
import type { Needs } from '../../deps.js'
import { prepareSend } from './prepare-send.js'

/**
 * Stores a message and announces it. A retry with the same `clientMessageId` (or `Idempotency-Key`) gets
 * the first result for ever.
 */
export async function sendMessage(
  { sends, clock, metrics }: Needs<'sends' | 'clock' | 'metrics'>,
  caller: Caller,
  { body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const message = withIdempotencyKey(body, caller.idempotencyKey)
  const accepted = await sends
    .send(prepareSend({ clock }, caller, message))
    .catch((err: unknown) => {
      metrics.messages.inc({ mode: modeOf(body), dialect: 'native', result: 'refused' })
      throw err
    })
  const result = accepted.duplicate ? 'duplicate' : 'stored'
  metrics.messages.inc({ mode: modeOf(body), dialect: 'native', result })
  return accepted.duplicate
    ? answer(accepted.message, {
        status: 200,
        meta: { replayed: true },
        headers: { 'Idempotent-Replayed': 'true' },
      })
    : answer(accepted.message, { status: 201 })
}

const modeOf = (body: SendMessage): string => (body.content === undefined ? 'e2ee' : 'managed')

/** The header means the same as `clientMessageId`; both at once must say the same. */
function withIdempotencyKey(body: SendMessage, key: string | undefined): SendMessage {
  if (key === undefined) return body
  const clientMessageId = toUuid(key)
  if (body.clientMessageId !== undefined && body.clientMessageId !== clientMessageId) {
    throw new AppError(validationError, [
      { path: 'clientMessageId', message: 'differs from the header Idempotency-Key' },
    ])
  }
  return { ...body, clientMessageId }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** Namespace of the UUIDv5 that stands for an idempotency key which is no UUID itself. */
const NAMESPACE = Buffer.from('6f1a1f8e0c5b5d3b9a7e2f4c8d6b1a90', 'hex')

function toUuid(key: string): string {
  const lower = key.toLowerCase()
  if (UUID.test(lower)) return lower
  const digest = createHash('sha1').update(NAMESPACE).update(key).digest().subarray(0, 16)
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6)
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = digest.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

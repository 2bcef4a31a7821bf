import type { Message } from 'amqplib'

/** A message as a consumer sees it. */
export type Delivery = {
  /** The JSON that was sent, unparsed: it comes from outside. */
  text: string
  /** Empty when the sender gave none. */
  messageId: string
  type: string
  /** The key it was first published with, also after retries. */
  routingKey: string
  headers: Readonly<Record<string, unknown>>
  /** 1 for the first attempt. */
  attempt: number
}

/** Resolves when the work is stored somewhere safe; see `Duties.consume` for what errors mean. */
export type DutyHandler = (delivery: Delivery) => Promise<void>

/** No later attempt can succeed: bad JSON, an unknown type, an object that is gone. */
export class PermanentFailure extends Error {
  override name = 'PermanentFailure'
}

export const ATTEMPT = 'x-attempt'
export const ROUTING_KEY = 'x-routing-key'
export const REASON = 'x-reason'
export const BURIED_AT = 'x-buried-at'

/** Reads what the handler needs out of the driver's message. */
export function toDelivery(message: Message): Delivery {
  const { properties, fields } = message
  const headers: Record<string, unknown> = { ...properties.headers }
  const attempt = Number(headers[ATTEMPT] ?? 1)
  const originalKey = headers[ROUTING_KEY]
  return {
    text: message.content.toString('utf8'),
    messageId: textOf(properties.messageId),
    type: textOf(properties.type),
    routingKey: typeof originalKey === 'string' ? originalKey : fields.routingKey,
    headers,
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1,
  }
}

/** When a message was first published, in milliseconds; undefined when its sender did not say. */
export function publishedAtOf({ properties }: Pick<Message, 'properties'>): number | undefined {
  const seconds: unknown = properties.timestamp
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

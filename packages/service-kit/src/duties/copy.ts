import type { Message, Options } from 'amqplib'

/** Set by the broker at each delivery after the first; a copy that carried it on would lie. */
export const DELIVERY_COUNT = 'x-delivery-count'

/** The properties of a message for a copy of it, with some headers set anew; the time of publication stays. */
export function copyOf(
  { properties }: Pick<Message, 'properties'>,
  headers: Readonly<Record<string, unknown>>,
): Options.Publish {
  const known: Readonly<Record<string, unknown>> = { ...properties }
  const text = (name: 'contentType' | 'messageId' | 'type'): object =>
    typeof known[name] === 'string' ? { [name]: known[name] } : {}
  const kept = Object.entries({ ...properties.headers }).filter(([name]) => name !== DELIVERY_COUNT)
  return {
    ...text('contentType'),
    ...text('messageId'),
    ...text('type'),
    ...(typeof known['timestamp'] === 'number' ? { timestamp: known['timestamp'] } : {}),
    headers: { ...Object.fromEntries(kept), ...headers },
  }
}

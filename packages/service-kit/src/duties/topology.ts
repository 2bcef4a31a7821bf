import { EXCHANGES } from '@sup/types'
import type { Channel } from 'amqplib'

/** Deliveries of one message that ends without acknowledgement, before the broker buries it. */
const DELIVERY_LIMIT = 5
/** Bounded: a consumer that is gone for long stops the relay, not the broker. */
const MOST_MESSAGES = 1_000_000

/** One pause before another attempt: `{queue}.retry.{name}`. */
export type RetryTier = { name: string; ms: number }

export const RETRY_TIERS: readonly RetryTier[] = [
  { name: '5s', ms: 5000 },
  { name: '1m', ms: 60_000 },
  { name: '10m', ms: 600_000 },
]

/** A queue that this process asked for. */
export type QueueSpec = {
  name: string
  bindingKey: string
  /** None for queues whose retries somebody else owns (`webhooks`). */
  tiers: readonly RetryTier[]
}

export const deadQueue = (queue: string): string => `${queue}.dead`
export const retryQueue = (queue: string, tier: RetryTier): string => `${queue}.retry.${tier.name}`

/** The key that leads back to this queue alone; others may be bound to the original key as well. */
const returnKey = (queue: string): string => `${queue}.retry`

const quorum = {
  'x-queue-type': 'quorum',
  'x-overflow': 'reject-publish',
}

/** Asserts the exchanges. Safe to repeat. */
export async function assertExchanges(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGES.MAIN, 'topic', { durable: true })
  await channel.assertExchange(EXCHANGES.DEAD, 'topic', { durable: true })
}

/**
 * Asserts a queue, its retry tiers and its dead-letter queue (wire-contract 13.1). Safe to repeat.
 *
 * A tier holds a message for its time and sends it back to the main exchange; what is buried, or was
 * delivered five times without an acknowledgement, lies in `{queue}.dead`.
 */
export async function assertQueue(channel: Channel, spec: QueueSpec): Promise<void> {
  const { name, bindingKey, tiers } = spec
  const dead = deadQueue(name)
  await channel.assertQueue(dead, { durable: true, arguments: quorum })
  await channel.bindQueue(dead, EXCHANGES.DEAD, dead)
  await channel.assertQueue(name, {
    durable: true,
    arguments: {
      ...quorum,
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-max-length': MOST_MESSAGES,
      'x-dead-letter-exchange': EXCHANGES.DEAD,
      'x-dead-letter-routing-key': dead,
      'x-dead-letter-strategy': 'at-least-once',
    },
  })
  await channel.bindQueue(name, EXCHANGES.MAIN, bindingKey)
  for (const tier of tiers) await assertTier(channel, name, tier)
  if (tiers.length > 0) await channel.bindQueue(name, EXCHANGES.MAIN, returnKey(name))
}

async function assertTier(channel: Channel, queue: string, tier: RetryTier): Promise<void> {
  await channel.assertQueue(retryQueue(queue, tier), {
    durable: true,
    arguments: {
      ...quorum,
      'x-message-ttl': tier.ms,
      'x-dead-letter-exchange': EXCHANGES.MAIN,
      'x-dead-letter-routing-key': returnKey(queue),
      'x-dead-letter-strategy': 'at-least-once',
    },
  })
}

import { EXCHANGES } from '@sup/types'
import type { Channel } from 'amqplib'
import { unavailable } from '../http/app-error.js'
import type { Logger } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import { type Broker, openBroker } from './broker.js'
import { startConsumer } from './consumer.js'
import { ATTEMPT, type Delivery, type DutyHandler, PermanentFailure } from './delivery.js'
import { type QueueDepth, watchQueues } from './queue-metrics.js'
import {
  type QueueSpec,
  RETRY_TIERS,
  type RetryTier,
  assertQueue,
  deadQueue,
  retryQueue,
} from './topology.js'

export type { QueueDepth }
export { type Delivery, type DutyHandler, PermanentFailure }

/** A message for the main exchange. */
export type DutyMessage = {
  /** `cleanup.run`, `notification.message` … */
  routingKey: string
  /** Sent as JSON. */
  body: object
  /** Stable over retries: the outbox id. Consumers do the work of one id once. */
  messageId: string
  /** Type of the body: `prune-sessions` … */
  type: string
  headers?: Readonly<Record<string, string | number>>
}

/** What must happen: RabbitMQ with confirms. */
export type Duties = {
  /** Asks for a queue with its tiers and its dead-letter queue; only what was asked for is declared. */
  declareQueue: (
    name: string,
    bindingKey: string,
    options?: { hasTiers?: boolean },
  ) => Promise<void>
  /**
   * Resolves when the message is confirmed and lies in a queue.
   *
   * @throws AppError `SERVICE_UNAVAILABLE` otherwise; the message may be sent again with the same id.
   */
  publish: (message: DutyMessage) => Promise<void>
  /** As many `publish` as messages, their confirmations awaited as a stream; one outcome each, in order. */
  publishBatch: (messages: readonly DutyMessage[]) => Promise<PromiseSettledResult<void>[]>
  /**
   * Hands the messages of a declared queue to `handler`, now and after every reconnect. When it resolves
   * the message is acknowledged; when it throws PermanentFailure it is buried; any other error sends it
   * to the next retry tier, and after the fifth attempt to the dead-letter queue.
   *
   * @param options `prefetch`: how many are handled at once, 10 if absent.
   */
  consume: (queue: string, handler: DutyHandler, options?: { prefetch?: number }) => Promise<void>
  queueDepth: (name: string) => Promise<QueueDepth>
  /** Rejects when the broker does not answer; for health checks. */
  ping: () => Promise<void>
  /** Stops consuming, lets running handlers finish for at most `graceMs`, and disconnects. */
  close: (graceMs?: number) => Promise<void>
}

const CLOSE_GRACE_MS = 10_000

/** Connects to RabbitMQ in the background. It never gives up and re-asserts its topology each time. */
export function createDuties(options: {
  url: string
  log: Logger
  metrics: Metrics
  /** Other pauses than 5 s, 1 min and 10 min, for tests. */
  tiers?: readonly RetryTier[]
}): Duties {
  const { log, metrics, tiers = RETRY_TIERS } = options
  const broker = openBroker({ url: options.url, log })
  const { queues, consumers, publisher } = broker
  const publish = (message: DutyMessage): Promise<void> => publishTo(broker, message)
  const queueDepth = (name: string): Promise<QueueDepth> => depthOf(broker, name)
  watchQueues(metrics, { names: () => [...queues.keys()], depth: queueDepth })

  return {
    publish,
    publishBatch: (messages) => Promise.allSettled(messages.map(publish)),
    queueDepth,
    async declareQueue(name, bindingKey, { hasTiers = true } = {}) {
      const spec = { name, bindingKey, tiers: hasTiers ? tiers : [] }
      queues.set(name, spec)
      // Not connected yet: it is declared with the rest as soon as there is a connection.
      const current = broker.current()
      if (current) await assertQueue(current.channel, spec)
    },
    async consume(queue, handler, { prefetch = 10 } = {}) {
      const spec = specOf(broker, queue)
      const { restart } = broker
      const consumer = startConsumer({ spec, handler, prefetch, publisher, log, restart })
      consumers.push(consumer)
      const current = broker.current()
      if (current) await consumer.attach(current.connection)
    },
    async ping() {
      await channelOf(broker).checkExchange(EXCHANGES.MAIN)
    },
    async close(graceMs = CLOSE_GRACE_MS) {
      await Promise.all(consumers.map((consumer) => consumer.stop(graceMs)))
      await broker.close()
    },
  }
}

function publishTo(broker: Broker, message: DutyMessage): Promise<void> {
  const { routingKey, body, messageId, type, headers } = message
  if (broker.isBlocked()) return Promise.reject(unavailable(new Error('RabbitMQ is blocked')))
  return broker.publisher.publish({
    exchange: EXCHANGES.MAIN,
    routingKey,
    content: Buffer.from(JSON.stringify(body)),
    options: {
      contentType: 'application/json',
      messageId,
      type,
      headers: { [ATTEMPT]: 1, ...headers },
    },
  })
}

async function depthOf(broker: Broker, name: string): Promise<QueueDepth> {
  const { tiers } = specOf(broker, name)
  const channel = channelOf(broker)
  const count = async (queue: string): Promise<number> =>
    (await channel.checkQueue(queue)).messageCount
  const inTiers = await Promise.all(tiers.map((tier) => count(retryQueue(name, tier))))
  const ours = broker.consumers.filter(({ queue }) => queue === name)
  return {
    ready: await count(name),
    retry: inTiers.reduce((sum, one) => sum + one, 0),
    dead: await count(deadQueue(name)),
    unacked: ours.reduce((sum, consumer) => sum + consumer.inFlight(), 0),
  }
}

function specOf(broker: Broker, name: string): QueueSpec {
  const spec = broker.queues.get(name)
  if (spec) return spec
  throw new Error(`the queue ${name} was not declared here`)
}

function channelOf(broker: Broker): Channel {
  const current = broker.current()
  if (current) return current.channel
  throw unavailable(new Error('RabbitMQ is not connected'))
}

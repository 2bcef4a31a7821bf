import { EXCHANGES } from '@sup/types'
import type { Channel } from 'amqplib'
import { type Clock, systemClock } from '../clock/index.js'
import { unavailable } from '../http/app-error.js'
import type { Logger } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import { type Broker, openBroker } from './broker.js'
import { startConsumer } from './consumer.js'
import { type Chosen, type DeadLetter, inspectQueue, openDeadLetters } from './dead-letters.js'
import { ATTEMPT, type Delivery, type DutyHandler, PermanentFailure } from './delivery.js'
import { type QueueDepth, type WatchedQueues, watchQueues } from './queue-metrics.js'
import {
  type QueueSpec,
  RETRY_TIERS,
  type RetryTier,
  assertQueue,
  deadQueue,
  retryQueue,
} from './topology.js'

export type { Chosen, DeadLetter, QueueDepth }
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
  /**
   * Counts of a queue that another process may have declared; undefined when nobody has. How many are being
   * handled only their consumers know.
   */
  inspectQueue: (name: string) => Promise<Omit<QueueDepth, 'unacked'> | undefined>
  /**
   * The oldest `limit` dead letters of a queue, oldest first. They stay there, in their order.
   *
   * @throws AppError `SERVICE_UNAVAILABLE` without a connection.
   */
  peekDead: (queue: string, limit: number) => Promise<DeadLetter[]>
  /**
   * Puts dead letters back into their queue as if they had never failed. Each leaves the dead-letter queue
   * only when the broker has confirmed its copy.
   *
   * @returns The ids of those that went back, in their order.
   * @throws AppError `SERVICE_UNAVAILABLE` when the broker does not take one; those before have gone back.
   */
  replayDead: (queue: string, chosen: Chosen) => Promise<string[]>
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
  clock?: Clock
  /** Readings after which a dead letter is replaced by a fresh copy, for tests. */
  renewDeadAfter?: number
}): Duties {
  const { log, metrics, tiers = RETRY_TIERS, clock = systemClock } = options
  const broker = openBroker({ url: options.url, log })
  const { queues, consumers, publisher } = broker
  const publish = (message: DutyMessage): Promise<void> => publishTo(broker, clock, message)
  const queueDepth = (name: string): Promise<QueueDepth> => depthOf(broker, name)
  const deadLetters = openDeadLetters(broker, { renewAfter: options.renewDeadAfter })
  const { peek } = deadLetters
  watchQueues(metrics, clock, { depth: queueDepth, ...watched(broker, peek) })

  return {
    publish,
    publishBatch: (messages) => Promise.allSettled(messages.map(publish)),
    queueDepth,
    inspectQueue: (queue) =>
      inspectQueue(broker, { queue, tiers: tiers.map((tier) => retryQueue(queue, tier)) }),
    peekDead: peek,
    replayDead: (queue, chosen) => deadLetters.replay(queue, chosen),
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
      const consumer = startConsumer({ spec, handler, prefetch, publisher, clock, log, restart })
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

function publishTo(broker: Broker, clock: Clock, message: DutyMessage): Promise<void> {
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
      timestamp: Math.floor(clock.now().getTime() / 1000),
      headers: { [ATTEMPT]: 1, ...headers },
    },
  })
}

function watched(
  { queues, consumers }: Broker,
  peek: Duties['peekDead'],
): Omit<WatchedQueues, 'depth'> {
  const known = (times: (number | undefined)[]): number[] => times.filter((at) => at !== undefined)
  const ours = (name: string) => consumers.filter(({ queue }) => queue === name)
  const first = (times: number[]): number | undefined =>
    times.length === 0 ? undefined : Math.min(...times)
  return {
    names: () => [...queues.keys()],
    oldestInFlight: (name) => first(known(ours(name).map((one) => one.oldestInFlight()))),
    newestTaken: (name) => first(known(ours(name).map((one) => one.newestTaken()))),
    oldestDead: async (name) => {
      const [oldest] = await peek(name, 1)
      const at = oldest?.buriedAt ?? oldest?.publishedAt
      return at === undefined ? undefined : Date.parse(at)
    },
  }
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

import { EXCHANGES } from '@sup/types'
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../clock/index.js'
import type { Logger } from '../log/index.js'
import { copyOf } from './copy.js'
import {
  ATTEMPT,
  BURIED_AT,
  type Delivery,
  type DutyHandler,
  PermanentFailure,
  REASON,
  ROUTING_KEY,
  publishedAtOf,
  toDelivery,
} from './delivery.js'
import type { Publisher } from './publisher.js'
import { type QueueSpec, deadQueue, retryQueue } from './topology.js'

const MOST_ATTEMPTS = 5
const LONGEST_REASON = 200

/** One consumer of a queue, over all connections. */
export type Consumer = {
  queue: string
  attach: (connection: ChannelModel) => Promise<void>
  inFlight: () => number
  /** When the oldest message that is being handled was published, in milliseconds; undefined without one. */
  oldestInFlight: () => number | undefined
  /** When the message that was taken last was published, in milliseconds: what waits is not older. */
  newestTaken: () => number | undefined
  stop: (graceMs: number) => Promise<void>
}

type Parts = {
  spec: QueueSpec
  handler: DutyHandler
  prefetch: number
  publisher: Publisher
  clock: Clock
  log: Logger
  restart: (reason: string) => void
}

/** Makes a consumer; it works from its first `attach` on. */
export function startConsumer(parts: Parts): Consumer {
  const { spec, prefetch, log, restart } = parts
  const running = new Map<Promise<void>, number | undefined>()
  let newestTaken: number | undefined
  let attached: { channel: Channel; tag: string } | undefined
  let isStopped = false

  const take = (channel: Channel, message: ConsumeMessage | null): void => {
    if (!message) {
      restart(`the queue ${spec.name} is gone`)
      return
    }
    const work = settle(parts, message)
      .then(() => {
        channel.ack(message)
      })
      .catch((err: unknown) => {
        // Neither done nor handed on: without acknowledgement the broker delivers it again, and counts.
        log.error('A message could not be settled', { queue: spec.name, err })
        restart('a message could not be settled')
      })
      .finally(() => running.delete(work))
    newestTaken = publishedAtOf(message)
    running.set(work, newestTaken)
  }
  return {
    queue: spec.name,
    inFlight: () => running.size,
    oldestInFlight: () => {
      const times = [...running.values()].filter((at) => at !== undefined)
      return times.length === 0 ? undefined : Math.min(...times)
    },
    newestTaken: () => newestTaken,
    async attach(connection) {
      if (isStopped) return
      const channel = await connection.createChannel()
      channel.on('error', () => undefined)
      channel.on('close', () => {
        attached = undefined
        if (!isStopped) restart(`the channel of ${spec.name} was closed`)
      })
      await channel.prefetch(prefetch)
      const { consumerTag } = await channel.consume(spec.name, (message) => {
        take(channel, message)
      })
      attached = { channel, tag: consumerTag }
    },
    async stop(graceMs) {
      isStopped = true
      await attached?.channel.cancel(attached.tag).catch(() => undefined)
      await Promise.race([Promise.all(running.keys()), sleep(graceMs, undefined, { ref: false })])
    },
  }
}

/** Runs the handler; what it cannot do now is in another queue, confirmed, when this resolves. */
async function settle(parts: Parts, message: ConsumeMessage): Promise<void> {
  const delivery = toDelivery(message)
  try {
    await parts.handler(delivery)
  } catch (err) {
    if (err instanceof PermanentFailure) {
      parts.log.warn('A message is buried', { ...about(parts, delivery), err })
      await bury(parts, message, { delivery, why: err.message })
    } else await retryLater(parts, message, delivery, err)
  }
}

async function retryLater(
  parts: Parts,
  message: ConsumeMessage,
  delivery: Delivery,
  err: unknown,
): Promise<void> {
  const { spec, log, publisher } = parts
  const { attempt, routingKey } = delivery
  const tier = spec.tiers[Math.min(attempt, spec.tiers.length) - 1]
  if (!tier || attempt >= MOST_ATTEMPTS) {
    log.error('A message is buried after its last attempt', { ...about(parts, delivery), err })
    await bury(parts, message, { delivery, why: err instanceof Error ? err.message : 'failed' })
    return
  }
  log.warn('A message is tried again later', { ...about(parts, delivery), err })
  await publisher.publish({
    exchange: '',
    routingKey: retryQueue(spec.name, tier),
    content: message.content,
    options: copyOf(message, { [ATTEMPT]: attempt + 1, [ROUTING_KEY]: routingKey }),
  })
}

/** The copy tells what the broker forgets of a buried message: why, when, and where it belongs. */
async function bury(
  { spec, publisher, clock }: Parts,
  message: ConsumeMessage,
  { delivery, why }: { delivery: Delivery; why: string },
): Promise<void> {
  const reason = why.replace(/\s+/g, ' ').slice(0, LONGEST_REASON)
  await publisher.publish({
    exchange: EXCHANGES.DEAD,
    routingKey: deadQueue(spec.name),
    content: message.content,
    options: copyOf(message, {
      [REASON]: reason,
      [BURIED_AT]: clock.now().toISOString(),
      [ATTEMPT]: delivery.attempt,
      [ROUTING_KEY]: delivery.routingKey,
    }),
  })
}

const about = ({ spec }: Parts, { messageId, type, attempt }: Delivery): object => ({
  queue: spec.name,
  messageId,
  type,
  attempt,
})

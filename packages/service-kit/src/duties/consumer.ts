import { EXCHANGES } from '@sup/types'
import type { Channel, ChannelModel, ConsumeMessage, Options } from 'amqplib'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log/index.js'
import {
  ATTEMPT,
  type Delivery,
  type DutyHandler,
  PermanentFailure,
  ROUTING_KEY,
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
  stop: (graceMs: number) => Promise<void>
}

type Parts = {
  spec: QueueSpec
  handler: DutyHandler
  prefetch: number
  publisher: Publisher
  log: Logger
  restart: (reason: string) => void
}

/** Makes a consumer; it works from its first `attach` on. */
export function startConsumer(parts: Parts): Consumer {
  const { spec, prefetch, log, restart } = parts
  const running = new Set<Promise<void>>()
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
    running.add(work)
  }
  return {
    queue: spec.name,
    inFlight: () => running.size,
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
      await Promise.race([Promise.all(running), sleep(graceMs, undefined, { ref: false })])
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
      await bury(parts, message, err.message)
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
    await bury(parts, message, err instanceof Error ? err.message : 'failed')
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

async function bury(
  { spec, publisher }: Parts,
  message: ConsumeMessage,
  why: string,
): Promise<void> {
  const reason = why.replace(/\s+/g, ' ').slice(0, LONGEST_REASON)
  await publisher.publish({
    exchange: EXCHANGES.DEAD,
    routingKey: deadQueue(spec.name),
    content: message.content,
    options: copyOf(message, { 'x-reason': reason }),
  })
}

const about = ({ spec }: Parts, { messageId, type, attempt }: Delivery): object => ({
  queue: spec.name,
  messageId,
  type,
  attempt,
})

function copyOf({ properties }: ConsumeMessage, headers: Record<string, unknown>): Options.Publish {
  const known: Readonly<Record<string, unknown>> = { ...properties }
  const text = (name: 'contentType' | 'messageId' | 'type'): object =>
    typeof known[name] === 'string' ? { [name]: known[name] } : {}
  return {
    ...text('contentType'),
    ...text('messageId'),
    ...text('type'),
    headers: { ...properties.headers, ...headers },
  }
}

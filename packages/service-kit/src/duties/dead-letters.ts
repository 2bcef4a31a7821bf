import type { Channel, Message } from 'amqplib'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from '../http/app-error.js'
import type { Broker } from './broker.js'
import { DELIVERY_COUNT, copyOf } from './copy.js'
import { ATTEMPT, BURIED_AT, REASON, ROUTING_KEY, publishedAtOf, toDelivery } from './delivery.js'
import { readQueue } from './read-queue.js'
import { deadQueue } from './topology.js'

/** Messages that move at once; their order is kept. */
const WAVE = 16
/** Until what was held is back: two seconds at most. */
const RETURN_PAUSE_MS = 20
const RETURN_TRIES = 100
/** How far a replay looks for chosen ids. */
const MOST_LOOKED_AT = 10_000
/** From version 4 on the broker drops what was delivered more than 20 times without an acknowledgement. */
const RENEW_AFTER = 15

/** A message that was buried, as it lies there. */
export type DeadLetter = {
  /** The id of the message, or the SHA-256 of its body in hex when it has none. */
  id: string
  type: string
  /** The key it was first published with; empty when that is not known any more. */
  routingKey: string
  reason: string
  /** How often it was handled. */
  attempts: number
  publishedAt: string | undefined
  buriedAt: string | undefined
  content: Buffer
}

/** Which dead letters: the oldest ones, or those of these ids, of each the oldest. */
export type Chosen = { limit: number } | { ids: readonly string[] }

export type DeadLetters = {
  /** The oldest `limit` dead letters of a queue, oldest first; they stay where they are. */
  peek: (queue: string, limit: number) => Promise<DeadLetter[]>
  /** Ids of the dead letters that went back, in their order. */
  replay: (queue: string, chosen: Chosen) => Promise<string[]>
}

/**
 * Reads dead letters and sends them back.
 *
 * What is read is not acknowledged; closing the channel returns it to its place, in order. Each reading
 * counts as a delivery, and new brokers drop what has too many of them: such messages are replaced by fresh
 * copies, confirmed before the worn ones go. In one process readings wait for each other, because a message
 * that somebody holds is not there for others.
 *
 * @param options `renewAfter`: deliveries after which a message is replaced; by the broker's version if absent.
 */
export function openDeadLetters(
  broker: Broker,
  options: { renewAfter: number | undefined },
): DeadLetters {
  const inTurn = makeTurns()
  const read = <T>(queue: string, use: (place: Place) => Promise<T>): Promise<T> =>
    inTurn(() => readAndReturn(broker, deadQueue(queue), use))
  return {
    peek: (queue, limit) =>
      read(queue, async (place) => {
        const messages = await readQueue(place.channel, place.dead, limit)
        const renewAfter = options.renewAfter ?? renewAfterOf(broker)
        if (messages.some((message) => deliveriesOf(message) >= renewAfter)) {
          await moveAll(place, { messages, to: place.dead }, () => ({}))
        }
        return messages.map(toDeadLetter)
      }),
    replay: (queue, chosen) => read(queue, (place) => replay(place, queue, chosen)),
  }
}

/** A dead-letter queue and the channel that holds what is read of it. */
type Place = { broker: Broker; channel: Channel; dead: string; acknowledge: (one: Message) => void }

/** Resolves when what was not acknowledged lies in the queue again: the broker returns it after the channel is closed. */
async function readAndReturn<T>(
  broker: Broker,
  dead: string,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  let gone = 0
  let before = 0
  const outcome = await onOwnChannel(broker, async (channel) => {
    before = (await channel.checkQueue(dead)).messageCount
    const acknowledge = (message: Message): void => {
      gone += 1
      channel.ack(message)
    }
    return use({ broker, channel, dead, acknowledge })
  })
  await onOwnChannel(broker, async (channel) => {
    for (let tries = 0; tries < RETURN_TRIES; tries++) {
      if ((await channel.checkQueue(dead)).messageCount >= before - gone) return
      await sleep(RETURN_PAUSE_MS)
    }
  })
  return outcome
}

/** What is not chosen stays unacknowledged until the channel is closed. */
async function replay(place: Place, queue: string, chosen: Chosen): Promise<string[]> {
  const wanted = 'ids' in chosen ? new Set(chosen.ids) : undefined
  const most = 'ids' in chosen ? MOST_LOOKED_AT : chosen.limit
  const isChosen = (message: Message): boolean => !wanted || wanted.delete(idOf(message))
  const messages = await readQueue(place.channel, place.dead, most, isChosen)
  // To the queue itself: others that are bound to the same key have had their copy.
  await moveAll(place, { messages, to: queue }, asNew)
  return messages.map(idOf)
}

const asNew = (message: Message): Record<string, unknown> => ({
  [ATTEMPT]: 1,
  [ROUTING_KEY]: originalKeyOf(message),
  [REASON]: undefined,
  [BURIED_AT]: undefined,
})

/**
 * Wave by wave, each message acknowledged only when its copy is confirmed: a crash in between leaves two, never none.
 * The broker forgets acknowledgements that wait when a channel is closed, so few wait at a time.
 */
async function moveAll(
  { broker, channel, dead, acknowledge }: Place,
  { messages, to }: { messages: readonly Message[]; to: string },
  headersOf: (message: Message) => Record<string, unknown>,
): Promise<void> {
  const move = async (message: Message): Promise<void> => {
    const options = copyOf(message, headersOf(message))
    const { content } = message
    await broker.publisher.publish({ exchange: '', routingKey: to, content, options })
    acknowledge(message)
  }
  for (let start = 0; start < messages.length; start += WAVE) {
    const outcomes = await Promise.allSettled(messages.slice(start, start + WAVE).map(move))
    await channel.checkQueue(dead)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
}

function toDeadLetter(message: Message): DeadLetter {
  const { type, attempt, headers } = toDelivery(message)
  const death = firstDeathOf(headers)
  const publishedAt = publishedAtOf(message)
  const buriedAt = headers[BURIED_AT]
  return {
    id: idOf(message),
    type,
    routingKey: originalKeyOf(message),
    reason: textOf(headers[REASON]) || textOf(death['reason']),
    attempts: attempt,
    publishedAt: publishedAt === undefined ? undefined : new Date(publishedAt).toISOString(),
    buriedAt: typeof buriedAt === 'string' ? buriedAt : undefined,
    content: message.content,
  }
}

const idOf = ({ properties, content }: Message): string =>
  textOf(properties.messageId) || createHash('sha256').update(content).digest('hex')

/** Ours notes it; of what the broker buried itself it stands in the broker's own notes. */
function originalKeyOf(message: Message): string {
  const { headers } = toDelivery(message)
  const noted = textOf(headers[ROUTING_KEY])
  if (noted !== '') return noted
  const keys = firstDeathOf(headers)['routing-keys']
  return Array.isArray(keys) ? textOf(keys[0]) : ''
}

function firstDeathOf(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const deaths: unknown = headers['x-death']
  const first: unknown = Array.isArray(deaths) ? deaths[0] : undefined
  return typeof first === 'object' && first !== null ? { ...first } : {}
}

const deliveriesOf = ({ properties }: Message): number => {
  const headers: Record<string, unknown> = { ...properties.headers }
  return Number(headers[DELIVERY_COUNT] ?? 0)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function renewAfterOf(broker: Broker): number {
  const properties: Record<string, unknown> = {
    ...broker.current()?.connection.connection.serverProperties,
  }
  const major = Number.parseInt(textOf(properties['version']), 10)
  return major < 4 ? Infinity : RENEW_AFTER
}

/** Counts of a queue that somebody may have declared; undefined when nobody has. */
export async function inspectQueue(
  broker: Broker,
  names: { queue: string; tiers: readonly string[] },
): Promise<{ ready: number; retry: number; dead: number } | undefined> {
  const count = (queue: string): Promise<number | undefined> =>
    onOwnChannel(broker, async (channel) => (await channel.checkQueue(queue)).messageCount).catch(
      (err: unknown) => {
        if (isMissing(err)) return undefined
        throw err
      },
    )
  const ready = await count(names.queue)
  if (ready === undefined) return undefined
  const dead = (await count(deadQueue(names.queue))) ?? 0
  const inTiers = await Promise.all(names.tiers.map(count))
  return { ready, dead, retry: inTiers.reduce<number>((sum, one) => sum + (one ?? 0), 0) }
}

/** A channel of its own, closed afterwards: a question about a queue that is not there ends its channel. */
async function onOwnChannel<T>(broker: Broker, use: (channel: Channel) => Promise<T>): Promise<T> {
  const current = broker.current()
  if (!current) throw unavailable(new Error('RabbitMQ is not connected'))
  const channel = await current.connection.createChannel()
  channel.on('error', () => undefined)
  try {
    return await use(channel)
  } finally {
    await channel.close().catch(() => undefined)
  }
}

const isMissing = (err: unknown): boolean =>
  err instanceof Error && 'code' in err && err.code === 404

/** Runs one piece of work after the other. */
function makeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

import { randomUUID } from 'node:crypto'
import { type GetMessage, connect } from 'amqplib'
import { type Duties, createDuties } from '../src/duties/index.js'
import { createMetrics } from '../src/metrics/index.js'
import { capturedLog } from './captured-log.js'
import { eventually } from './eventually.js'
import { testServer } from './servers.js'

/** Short pauses with the names of the real tiers. */
export const QUICK_TIERS = [
  { name: '5s', ms: 50 },
  { name: '1m', ms: 60 },
  { name: '10m', ms: 70 },
]

/** Connects and waits until the broker answers. */
export async function openDuties(
  url = testServer('RABBITMQ_URL'),
  more: { renewDeadAfter?: number } = {},
) {
  const { log, lines } = capturedLog()
  const metrics = createMetrics({ service: 'test' })
  const duties = createDuties({ url, log, metrics, tiers: QUICK_TIERS, ...more })
  await isUp(duties)
  return { duties, lines, metrics }
}

export const isUp = (duties: Duties): Promise<true> =>
  eventually(() => duties.ping().then(() => true))

/** A queue name and binding that no other test has. */
export function ownQueue(): { queue: string; key: string } {
  const id = randomUUID().slice(0, 8)
  return { queue: `kit-${id}`, key: `kit${id}.run` }
}

/** Removes the queues of a test, with tiers and dead letters. */
export async function deleteQueues(names: readonly string[]): Promise<void> {
  const connection = await connect(testServer('RABBITMQ_URL'))
  const channel = await connection.createChannel()
  for (const name of names) {
    const tiers = QUICK_TIERS.map((tier) => `${name}.retry.${tier.name}`)
    for (const queue of [name, `${name}.dead`, ...tiers]) await channel.deleteQueue(queue)
  }
  await connection.close()
}

/** Takes one message out of a queue as it lies there. */
export async function takeRaw(queue: string): Promise<GetMessage> {
  const connection = await connect(testServer('RABBITMQ_URL'))
  const channel = await connection.createChannel()
  const message = await eventually(async () => {
    const taken = await channel.get(queue, { noAck: true })
    return taken === false ? undefined : taken
  })
  await connection.close()
  return message
}

/** A worker that dies over the first message of a queue, again and again, until the broker gives up. */
export async function crashOver(queue: string): Promise<void> {
  const connection = await connect(testServer('RABBITMQ_URL'))
  await eventually(async () => {
    const channel = await connection.createChannel()
    const taken = await channel.get(queue, { noAck: false })
    await channel.close()
    return taken === false
  })
  await connection.close()
}

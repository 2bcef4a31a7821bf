import type { Channel, ChannelModel } from 'amqplib'
import type { Logger } from '../log/index.js'
import { keepConnected } from './amqp-connection.js'
import type { Consumer } from './consumer.js'
import { type Publisher, makePublisher } from './publisher.js'
import { type QueueSpec, assertExchanges, assertQueue } from './topology.js'

/** The connection of one service with everything that has to be there again after a reconnect. */
export type Broker = {
  /** What `declareQueue` asked for, by name. */
  queues: Map<string, QueueSpec>
  consumers: Consumer[]
  publisher: Publisher
  /** Undefined while there is no connection. */
  current: () => { connection: ChannelModel; channel: Channel } | undefined
  isBlocked: () => boolean
  restart: (reason: string) => void
  close: () => Promise<void>
}

/** Connects in the background; every new connection gets exchanges, queues, publisher and consumers. */
export function openBroker({ url, log }: { url: string; log: Logger }): Broker {
  const queues = new Map<string, QueueSpec>()
  const consumers: Consumer[] = []
  const publisher = makePublisher()
  let current: { connection: ChannelModel; channel: Channel } | undefined

  const setUp = async (connection: ChannelModel): Promise<void> => {
    const channel = await connection.createChannel()
    // A channel that ends alone (a passive check failed) takes the connection along, so that there is one
    // way back: everything anew.
    channel.on('error', () => undefined)
    channel.on('close', () => {
      if (current?.channel === channel) amqp.restart('a channel was closed')
    })
    await assertExchanges(channel)
    for (const spec of queues.values()) await assertQueue(channel, spec)
    await publisher.open(connection)
    current = { connection, channel }
    for (const consumer of consumers) await consumer.attach(connection)
    log.info('RabbitMQ is connected')
  }
  const amqp = keepConnected({
    url,
    log,
    setUp,
    onDown: () => {
      current = undefined
      publisher.fail('the connection to RabbitMQ was lost')
    },
  })
  return {
    queues,
    consumers,
    publisher,
    current: () => current,
    isBlocked: () => amqp.isBlocked(),
    restart: (reason) => {
      amqp.restart(reason)
    },
    close: () => amqp.close(),
  }
}

import type { ChannelModel, ConfirmChannel, Options } from 'amqplib'
import { randomUUID } from 'node:crypto'
import { unavailable } from '../http/app-error.js'

const CONFIRM_TIMEOUT_MS = 10_000

type Pending = { isReturned: boolean; settle: (err?: Error) => void }

/** What goes to the broker. An empty exchange addresses a queue by its name. */
export type Publication = {
  exchange: string
  routingKey: string
  content: Buffer
  options: Options.Publish
}

/** Publishes with the knowledge of what became of each message. */
export type Publisher = {
  open: (connection: ChannelModel) => Promise<void>
  /**
   * Resolves when the broker has confirmed the message AND put it into a queue.
   *
   * @throws AppError `SERVICE_UNAVAILABLE` when it was returned, refused, not confirmed in time, or the
   *   connection is gone. It may have arrived all the same, except when it was returned.
   */
  publish: (publication: Publication) => Promise<void>
  /** Gives up on everything that is not confirmed yet. */
  fail: (reason: string) => void
}

/**
 * Makes a publisher over one confirm channel.
 *
 * Confirmed does not mean routed: the broker confirms a message that no queue takes. Being `mandatory`, it
 * comes back before its confirmation, and is told apart by its correlation id.
 */
export function makePublisher(): Publisher {
  const pending = new Map<string, Pending>()
  let channel: ConfirmChannel | undefined

  const fail = (reason: string): void => {
    channel = undefined
    for (const { settle } of [...pending.values()]) settle(new Error(reason))
  }

  return {
    fail,
    async open(connection) {
      const opened = await connection.createConfirmChannel()
      opened.on('return', (message) => {
        const correlationId: unknown = message.properties.correlationId
        const entry = typeof correlationId === 'string' ? pending.get(correlationId) : undefined
        if (entry) entry.isReturned = true
      })
      opened.on('error', () => undefined)
      opened.on('close', () => {
        fail('the channel was closed')
      })
      channel = opened
    },
    publish({ exchange, routingKey, content, options }) {
      const target = channel
      if (!target) return Promise.reject(unavailable(new Error('RabbitMQ is not connected')))
      return new Promise((resolve, reject) => {
        const correlationId = randomUUID()
        const timer = setTimeout(() => {
          settle(new Error(`RabbitMQ has not confirmed in ${CONFIRM_TIMEOUT_MS} ms`))
        }, CONFIRM_TIMEOUT_MS)
        const entry: Pending = {
          isReturned: false,
          settle: (err) => {
            settle(err)
          },
        }
        const settle = (err?: Error): void => {
          clearTimeout(timer)
          if (!pending.delete(correlationId)) return
          if (err) reject(unavailable(err))
          else resolve()
        }
        pending.set(correlationId, entry)
        const confirmed = (err: unknown): void => {
          if (err) settle(new Error('RabbitMQ refused the message', { cause: err }))
          else settle(entry.isReturned ? new Error(`no queue takes ${routingKey}`) : undefined)
        }
        try {
          const all = { ...options, correlationId, mandatory: true, persistent: true }
          target.publish(exchange, routingKey, content, all, confirmed)
        } catch (err) {
          settle(new Error('the channel is closed', { cause: err }))
        }
      })
    },
  }
}

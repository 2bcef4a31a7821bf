import type { Logger } from '@sup/service-kit/log'
import type { Redis } from '@sup/service-kit/redis'

type Listener = (...args: readonly unknown[]) => unknown

/** The two clients that the Redis adapter of Socket.IO takes. */
export type AdapterClients = {
  pubClient: { publish(channel: string, message: string | Buffer): void; on(): void }
  subClient: {
    psubscribe(...patterns: string[]): void
    subscribe(channels: string[]): void
    punsubscribe(...patterns: string[]): void
    unsubscribe(channels: string[]): void
    on(event: string, listener: Listener): void
    off(event: string, listener: Listener): void
  }
}

/**
 * Stands between Socket.IO's Redis adapter and Redis.
 *
 * The adapter takes what is published at its word and waits for no answer: a malformed message, or a publish
 * while Redis is away, would end the process as an uncaught error. What travels here may be lost, so both
 * are noted and forgotten. Subscriptions are renewed after a reconnect.
 */
export function guardAdapterRedis(
  { publisher, subscriber }: Pick<Redis, 'publisher' | 'subscriber'>,
  log: Logger,
): AdapterClients {
  const patterns = new Set<string>()
  const channels = new Set<string>()
  const wrapped = new Map<Listener, Listener>()
  const note = (err: unknown): void => {
    log.debug('Something between nodes was lost', { err })
  }
  const renew = (): void => {
    if (patterns.size > 0) subscriber.psubscribe(...patterns).catch(note)
    if (channels.size > 0) subscriber.subscribe(...channels).catch(note)
  }
  subscriber.on('ready', renew)

  return {
    pubClient: {
      publish(channel, message) {
        publisher.publish(channel, message).catch(note)
      },
      // The kit listens to errors of its connections.
      on: () => undefined,
    },
    subClient: {
      psubscribe(...names) {
        for (const name of names) patterns.add(name)
        if (subscriber.status === 'ready') subscriber.psubscribe(...names).catch(note)
      },
      subscribe(names) {
        for (const name of names) channels.add(name)
        if (subscriber.status === 'ready') subscriber.subscribe(...names).catch(note)
      },
      punsubscribe(...names) {
        for (const name of names) patterns.delete(name)
      },
      unsubscribe(names) {
        for (const name of names) channels.delete(name)
      },
      on(event, listener) {
        if (event === 'error') return
        const safe = safely(listener, note)
        wrapped.set(listener, safe)
        subscriber.on(event, safe)
      },
      off(event, listener) {
        subscriber.off(event, wrapped.get(listener) ?? listener)
      },
    },
  }
}

/** The adapter's listeners throw, or reject, on what they did not expect. */
const safely =
  (listener: Listener, note: (err: unknown) => void): Listener =>
  (...args) => {
    try {
      const result = listener(...args)
      if (result instanceof Promise) result.catch(note)
    } catch (err) {
      note(err)
    }
  }

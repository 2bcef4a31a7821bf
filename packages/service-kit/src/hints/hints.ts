import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'
import { warnRarely } from './warn-rarely.js'

/** How many channels one command renews. */
const CHUNK = 1000

/**
 * Receives what was published on a channel.
 *
 * @param payload The parsed JSON: from outside, to be checked before use.
 * @param raw     The text as it was published.
 */
export type HintHandler = (payload: unknown, raw: string) => void | Promise<void>

/** Facts that may be lost: Redis pub/sub. What must happen is a duty. */
export type Hints = {
  /**
   * Publishes an object, or JSON that was encoded already. Never rejects.
   *
   * @returns Whether Redis took it.
   */
  publish(channel: string, payload: object | string): Promise<boolean>
  /**
   * Hands everything published on a channel to `handler`, once per message however often it subscribed.
   * Resolves when Redis has confirmed; at once while Redis is away, see `onResubscribed`.
   */
  subscribe(channel: string, handler: HintHandler): Promise<void>
  /** Takes back one `subscribe`, of any handler if none is named; with the last one the channel is left. */
  unsubscribe(channel: string, handler?: HintHandler): Promise<void>
  /** Calls `fn` after every reconnect when all subscriptions stand again: what came meanwhile is lost. */
  onResubscribed(fn: () => void): void
  /** How many channels are subscribed to. */
  channelCount(): number
}

/** Makes the hints of a service on its Redis connections. */
export function createHints({ redis, log }: { redis: Redis; log: Logger }): Hints {
  const { publisher, subscriber, isCluster } = redis
  const channels = new Map<string, Map<HintHandler, number>>()
  const listeners: (() => void)[] = []
  const warn = warnRarely(log)
  const isReady = (): boolean => subscriber.status === 'ready'
  let wasReady = isReady()

  const join = (names: readonly string[]): Promise<unknown> =>
    isCluster
      ? Promise.all(names.map((name) => subscriber.ssubscribe(name)))
      : subscriber.subscribe(...names)
  const leave = (name: string): Promise<unknown> =>
    isCluster ? subscriber.sunsubscribe(name) : subscriber.unsubscribe(name)

  const deliver = (channel: string, raw: string): void => {
    const handlers = channels.get(channel)
    if (!handlers) return
    let payload: unknown
    try {
      payload = JSON.parse(raw)
    } catch {
      warn('A hint is not JSON and counts as lost', { channel })
      return
    }
    for (const handler of [...handlers.keys()]) callSafely(handler, payload, raw)
  }
  const callSafely = (handler: HintHandler, payload: unknown, raw: string): void => {
    const fail = (err: unknown): void => {
      log.error('A handler of hints failed', { err })
    }
    try {
      const result = handler(payload, raw)
      if (result) result.catch(fail)
    } catch (err) {
      fail(err)
    }
  }
  const renew = async (): Promise<void> => {
    const names = [...channels.keys()]
    for (let i = 0; i < names.length; i += CHUNK) await join(names.slice(i, i + CHUNK))
    if (wasReady || names.length > 0) for (const fn of listeners) fn()
    wasReady = true
  }

  subscriber.on(isCluster ? 'smessage' : 'message', deliver)
  subscriber.on('ready', () => {
    renew().catch((err: unknown) => {
      // The connection broke again meanwhile; the next `ready` renews.
      warn('Subscriptions could not be renewed', { err })
    })
  })

  return {
    async publish(channel, payload) {
      try {
        const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
        await (isCluster ? publisher.spublish(channel, text) : publisher.publish(channel, text))
        return true
      } catch (err) {
        warn('A hint was not published', { channel: channel.split(':')[0], err })
        return false
      }
    },
    async subscribe(channel, handler) {
      const handlers = channels.get(channel) ?? new Map<HintHandler, number>()
      const isNew = handlers.size === 0
      handlers.set(handler, (handlers.get(handler) ?? 0) + 1)
      channels.set(channel, handlers)
      if (isNew && isReady()) await join([channel]).catch(() => undefined)
    },
    async unsubscribe(channel, handler) {
      const handlers = channels.get(channel)
      const entry = [...(handlers ?? [])].find(([one]) => handler === undefined || one === handler)
      if (!handlers || !entry) return
      const [known, count] = entry
      if (count > 1) handlers.set(known, count - 1)
      else handlers.delete(known)
      if (handlers.size > 0) return
      channels.delete(channel)
      if (isReady()) await leave(channel).catch(() => undefined)
    },
    onResubscribed(fn) {
      listeners.push(fn)
    },
    channelCount: () => channels.size,
  }
}

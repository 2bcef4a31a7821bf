import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'
import { countSubscriptions } from './subscriptions.js'
import { joinTogether } from './join-together.js'
import { warnRarely } from './warn-rarely.js'

/** How many channels one command joins. */
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
  publish: (channel: string, payload: object | string) => Promise<boolean>
  /**
   * Hands everything published on a channel to `handler`, once per message however often it subscribed.
   * Resolves when Redis has confirmed; at once while Redis is away, see `onResubscribed`.
   */
  subscribe: (channel: string, handler: HintHandler) => Promise<void>
  /** Takes back one `subscribe`, of any handler if none is named; with the last one the channel is left. */
  unsubscribe: (channel: string, handler?: HintHandler) => Promise<void>
  /** Calls `fn` after every reconnect when all subscriptions stand again: what came meanwhile is lost. */
  onResubscribed: (fn: () => void) => void
  /** How many channels are subscribed to. */
  channelCount: () => number
}

/** Makes the hints of a service on its Redis connections. */
export function createHints({ redis, log }: { redis: Redis; log: Logger }): Hints {
  const { publisher, subscriber, isCluster } = redis
  const subscriptions = countSubscriptions<HintHandler>()
  const listeners: (() => void)[] = []
  const warn = warnRarely(log)
  const wire = wireOf(redis)
  const isReady = (): boolean => subscriber.status === 'ready'
  let wasReady = isReady()

  const joinAll = async (names: readonly string[]): Promise<void> => {
    for (let i = 0; i < names.length; i += CHUNK) await wire.join(names.slice(i, i + CHUNK))
  }
  const join = joinTogether(joinAll, (channel) => subscriptions.handlersOf(channel).length > 0)
  const renew = async (): Promise<void> => {
    const names = subscriptions.channels()
    await joinAll(names)
    if (wasReady || names.length > 0) for (const fn of listeners) fn()
    wasReady = true
  }
  subscriber.on(isCluster ? 'smessage' : 'message', (channel: string, raw: string) => {
    const handlers = subscriptions.handlersOf(channel)
    if (handlers.length > 0) deliver(handlers, { channel, raw }, { log, warn })
  })
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
      const isNew = subscriptions.add(channel, handler)
      if (isNew && isReady()) await join(channel).catch(() => undefined)
    },
    async unsubscribe(channel, handler) {
      const isLast = subscriptions.remove(channel, handler)
      if (isLast && isReady()) await wire.leave(channel).catch(() => undefined)
    },
    onResubscribed(fn) {
      listeners.push(fn)
    },
    channelCount: () => subscriptions.size(),
  }
}

/** A cluster spreads channels over its nodes; a single server knows one kind. */
function wireOf({ subscriber, isCluster }: Redis): {
  join: (names: readonly string[]) => Promise<unknown>
  leave: (name: string) => Promise<unknown>
} {
  return isCluster
    ? {
        join: (names) => Promise.all(names.map((name) => subscriber.ssubscribe(name))),
        leave: (name) => subscriber.sunsubscribe(name),
      }
    : {
        join: (names) => subscriber.subscribe(...names),
        leave: (name) => subscriber.unsubscribe(name),
      }
}

function deliver(
  handlers: readonly HintHandler[],
  { channel, raw }: { channel: string; raw: string },
  { log, warn }: { log: Logger; warn: (message: string, fields: object) => void },
): void {
  let payload: unknown
  try {
    payload = JSON.parse(raw)
  } catch {
    warn('A hint is not JSON and counts as lost', { channel })
    return
  }
  const fail = (err: unknown): void => {
    log.error('A handler of hints failed', { err })
  }
  for (const handler of handlers) {
    try {
      const result = handler(payload, raw)
      if (result) result.catch(fail)
    } catch (err) {
      fail(err)
    }
  }
}

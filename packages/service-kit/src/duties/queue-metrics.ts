import type { Clock } from '../clock/index.js'
import type { Gauge, Metrics } from '../metrics/index.js'

/** How many messages wait in a queue, in its retry tiers and in its dead-letter queue. */
export type QueueDepth = { ready: number; retry: number; dead: number; unacked: number }

const STATES = ['ready', 'unacked', 'retry', 'dead'] as const
const AGED = ['ready', 'unacked', 'dead'] as const

export type WatchedQueues = {
  names: () => string[]
  depth: (name: string) => Promise<QueueDepth>
  /** Times of publication, in milliseconds, as far as this process knows. */
  oldestInFlight: (name: string) => number | undefined
  newestTaken: (name: string) => number | undefined
  /** When the oldest dead letter was buried, in milliseconds. */
  oldestDead: (name: string) => Promise<number | undefined>
}

/**
 * Shows the declared queues, looked up at each reading: how many messages in `sup_queue_messages`, and the
 * age of the oldest in `sup_queue_oldest_seconds`.
 *
 * What waits cannot be looked at without a delivery, and five of those bury it. So the age of what is `ready` is
 * the longest it can be: a queue is taken in order, so nothing in it is older than what was taken last, nor
 * than the moment when it was last seen empty. The tiers have no age: each holds a message for its own time.
 */
export function watchQueues(metrics: Metrics, clock: Clock, queues: WatchedQueues): void {
  // While the broker is away the last known numbers would lie.
  const depthOf = (queue: string): Promise<QueueDepth | undefined> =>
    queues.depth(queue).catch(() => undefined)
  const labels = ['queue', 'state'] as const
  metrics.gauge('sup_queue_messages', 'Messages in a queue', labels, async (gauge) => {
    for (const queue of queues.names()) {
      const depth = await depthOf(queue)
      for (const state of STATES) show(gauge, { queue, state }, depth?.[state])
    }
  })
  const ages = watchAges(clock, queues)
  const help = 'Age of the oldest message in a queue, in seconds'
  metrics.gauge('sup_queue_oldest_seconds', help, labels, async (gauge) => {
    for (const queue of queues.names()) {
      const depth = await depthOf(queue)
      const age = depth && (await ages(queue, depth))
      for (const state of AGED) show(gauge, { queue, state }, age?.[state])
    }
  })
}

type Ages = Record<(typeof AGED)[number], number | undefined>

function watchAges(
  clock: Clock,
  queues: WatchedQueues,
): (queue: string, depth: QueueDepth) => Promise<Ages> {
  const seenEmpty = new Map<string, number>()
  const heads = new Map<string, { count: number; at: number | undefined }>()

  /** Asked again only when the number has changed: each look counts as a delivery. */
  const oldestDead = async (queue: string, count: number): Promise<number | undefined> => {
    const known = heads.get(queue)
    if (known?.count === count) return known.at
    const at = await queues.oldestDead(queue).catch(() => undefined)
    heads.set(queue, { count, at })
    return at
  }
  return async (queue, { ready, unacked, dead }) => {
    const now = clock.now().getTime()
    const ageOf = (at: number | undefined): number | undefined =>
      at === undefined ? undefined : Math.max(0, (now - at) / 1000)
    if (ready === 0) seenEmpty.set(queue, now)
    const bound = Math.max(queues.newestTaken(queue) ?? 0, seenEmpty.get(queue) ?? 0)
    return {
      ready: ready === 0 ? 0 : ageOf(bound || undefined),
      unacked: unacked === 0 ? 0 : ageOf(queues.oldestInFlight(queue)),
      dead: dead === 0 ? 0 : ageOf(await oldestDead(queue, dead)),
    }
  }
}

function show(
  gauge: Gauge<'queue' | 'state'>,
  labels: { queue: string; state: string },
  value: number | undefined,
): void {
  if (value === undefined) gauge.remove(labels)
  else gauge.set(labels, value)
}

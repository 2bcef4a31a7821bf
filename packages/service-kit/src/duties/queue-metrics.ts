import type { Metrics } from '../metrics/index.js'

/** How many messages wait in a queue, in its retry tiers and in its dead-letter queue. */
export type QueueDepth = { ready: number; retry: number; dead: number; unacked: number }

const STATES = ['ready', 'unacked', 'retry', 'dead'] as const

/** Shows the depth of the declared queues in `sup_queue_messages`, looked up at each reading. */
export function watchQueues(
  metrics: Metrics,
  queues: { names: () => string[]; depth: (name: string) => Promise<QueueDepth> },
): void {
  metrics.gauge('sup_queue_messages', 'Messages in a queue', ['queue', 'state'], async (gauge) => {
    for (const queue of queues.names()) {
      // While the broker is away the last known numbers would lie.
      const depth = await queues.depth(queue).catch(() => undefined)
      for (const state of STATES) {
        if (depth) gauge.set({ queue, state }, depth[state])
        else gauge.remove({ queue, state })
      }
    }
  })
}

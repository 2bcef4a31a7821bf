import { type Redis, createRedis } from '../src/redis/index.js'
import { createMetrics } from '../src/metrics/index.js'
import { capturedLog } from './captured-log.js'
import { eventually } from './eventually.js'
import { testServer } from './servers.js'

/** Opens the connections and waits until all stand. */
export async function openRedis(url = testServer('REDIS_URL')) {
  const { log, lines } = capturedLog()
  const metrics = createMetrics({ service: 'test' })
  const redis = createRedis({ url, log, metrics })
  await eventually(() => isReady(redis))
  return { redis, log, lines, metrics }
}

export const isReady = ({ command, publisher, subscriber }: Redis): boolean =>
  [command, publisher, subscriber].every(({ status }) => status === 'ready')

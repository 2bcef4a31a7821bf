import type { Redis } from '@sup/service-kit/redis'
import type { Needs } from './deps.js'

/**
 * Does something with copies in Redis, which may be lost: while Redis is away it is left out at once, and a
 * failure is told to the log and nobody else.
 *
 * @returns What `work` gives; undefined when it was left out or failed.
 */
export async function withCopies<T>(
  { redis, log }: Needs<'redis' | 'log'>,
  work: (command: Redis['command']) => Promise<T>,
): Promise<T | undefined> {
  if (redis.command.status !== 'ready') return undefined
  try {
    return await work(redis.command)
  } catch (err) {
    log.warn('Copies in Redis could not be used', { err })
    return undefined
  }
}

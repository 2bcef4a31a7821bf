import { Redis } from 'ioredis'
import { testEnvironment } from './env.js'

/** A Redis database that belongs to one test file. */
export type TestRedis = {
  /** With the number of the database at its end. */
  url: string
  /** Empties it, as a restart without its file would. */
  flush: () => Promise<void>
  /** Empties it and gives it back. */
  release: () => Promise<void>
}

const CLAIM = 'sup:testkit:database:'

/**
 * Takes a free logical database of the test Redis and empties it. Claims are kept in database 0 under the
 * pid of the claiming process; those of dead processes are taken over.
 *
 * NOTE: channels of pub/sub are not separated by databases. SUP's carry UUIDs, and what comes on
 * `revocations` by somebody else only has a node poll once more.
 *
 * @throws Error when all are taken, usually by test files that do not `release`.
 */
export async function redisDatabase(): Promise<TestRedis> {
  const { redisUrl } = testEnvironment()
  const server = new Redis(redisUrl)
  try {
    const number = await claimDatabase(server)
    const url = new URL(redisUrl)
    url.pathname = `/${number}`
    const flush = async (): Promise<void> => {
      await withRedis(url.href, (redis) => redis.flushdb())
    }
    await flush()
    const release = async (): Promise<void> => {
      await flush()
      await withRedis(redisUrl, (redis) => redis.del(`${CLAIM}${number}`))
    }
    return { url: url.href, flush, release }
  } finally {
    server.disconnect()
  }
}

async function claimDatabase(server: Redis): Promise<number> {
  const [, databases] = (await server.config('GET', 'databases')) as [string, string]
  for (let number = 1; number < Number(databases); number += 1) {
    const key = `${CLAIM}${number}`
    if ((await server.setnx(key, process.pid)) === 1) return number
    const holder = Number(await server.get(key))
    if (isAlive(holder)) continue
    // Two may find the same dead holder: the one that replaces it wins.
    if (Number(await server.getset(key, process.pid)) === holder) return number
  }
  throw new Error('All logical databases of the test Redis are taken: release() them in afterAll')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}

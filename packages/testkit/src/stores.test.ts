import { describe, expect, it } from '@jest/globals'
import { Redis } from 'ioredis'
import {
  createTestDatabase,
  dropTestDatabase,
  redisDatabase,
  testEnvironment,
  uniqueName,
} from './index.js'
import { withConnection } from './database.js'

describe('testEnvironment', () => {
  it('names everything that is missing, and how to get it', () => {
    const read = () => testEnvironment({ SUP_TEST_REDIS_URL: 'redis://host' })
    expect(read).toThrow(/SUP_TEST_DATABASE_URL, SUP_TEST_RABBITMQ_URL/)
    expect(read).toThrow(/npm test -- --suite/)
    expect(read).toThrow(/npm start -- --only infra/)
    expect(read).not.toThrow(/SUP_TEST_REDIS_URL/)
  })

  it('takes an empty nginx path as none', () => {
    expect(testEnvironment({ ...process.env, SUP_TEST_NGINX: '' }).nginx).toBeUndefined()
  })
})

describe('createTestDatabase', () => {
  it('gives migrated databases that know nothing of each other, also when asked at once', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase()))
    const names = new Set(databases.map(({ name }) => name))
    expect(names.size).toBe(3)
    const [first, second] = databases
    await withConnection(first!.url, (db) =>
      db.none(`INSERT INTO processed_jobs (id, queue, name) VALUES ('1', 'cleanup', 'x')`),
    )
    const { jobs } = await withConnection(second!.url, (db) =>
      db.one<{ jobs: string }>('SELECT count(*) AS jobs FROM processed_jobs'),
    )
    expect(jobs).toBe('0')
    await Promise.all(databases.map(({ drop }) => drop()))
    await expect(withConnection(first!.url, (db) => db.one('SELECT 1'))).rejects.toThrow(
      /does not exist/,
    )
  })

  it('connects as an ordinary role, as services do', async () => {
    const database = await createTestDatabase()
    const role = await withConnection(database.url, (db) =>
      db.one<{ is_superuser: string }>(`SELECT current_setting('is_superuser') AS is_superuser`),
    )
    expect(role.is_superuser).toBe('off')
    await dropTestDatabase(database.name)
    await dropTestDatabase(database.name)
  })
})

describe('redisDatabase', () => {
  it('gives each caller an empty database of its own and takes it back', async () => {
    const [one, other] = await Promise.all([redisDatabase(), redisDatabase()])
    expect(one.url).not.toBe(other.url)
    const redis = new Redis(one.url)
    await redis.set('key', 'value')
    expect(await redis.dbsize()).toBe(1)
    await one.flush()
    expect(await redis.dbsize()).toBe(0)
    redis.disconnect()
    await one.release()
    await other.release()
  })

  it('takes over what a dead process had claimed', async () => {
    const mine = await redisDatabase()
    const number = new URL(mine.url).pathname.slice(1)
    const { redisUrl } = testEnvironment()
    const server = new Redis(redisUrl)
    // No process has this pid: Linux ends at 4194304.
    await server.set(`sup:testkit:database:${number}`, 4_194_305)
    const again = await redisDatabase()
    server.disconnect()
    expect(Number(new URL(again.url).pathname.slice(1))).toBeLessThanOrEqual(Number(number))
    await again.release()
  })
})

describe('uniqueName', () => {
  it('makes valid usernames that differ', () => {
    const names = [uniqueName('Alice'), uniqueName('Alice'), uniqueName('x'.repeat(60))]
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name).toMatch(/^[a-z0-9_.]{3,32}$/)
  })
})

import { randomBytes } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from './database.js'
import { testEnvironment } from './env.js'
import { type TestRabbitmq, claimRabbitmq } from './rabbitmq.js'
import { type TestRedis, redisDatabase } from './redis.js'
import { type RunningService, startService } from './service.js'

/** Services on stores of their own. Node `i` of the websocket-service talks to main-api `i % mainApis`. */
export type TestSystem = {
  mainApis: [RunningService, ...RunningService[]]
  websocketNodes: RunningService[]
  worker: RunningService | undefined
  database: TestDatabase
  redis: TestRedis
  /** The configuration that the services share; secrets included. */
  env: Record<string, string>
  /** Stops everything and drops the stores. */
  stop: () => Promise<void>
}

export type SystemOptions = {
  mainApis?: number
  websocketNodes?: number
  /** Also a worker-service; it claims a virtual host of RabbitMQ. */
  worker?: boolean
  /** Changes to the configuration of `systemVariables`. */
  env?: Record<string, string>
}

/** Starts main-api, websocket-service and on demand a worker on one new database. */
export async function startSystem(options: SystemOptions = {}): Promise<TestSystem> {
  const { mainApis = 1, websocketNodes = 1, worker = false } = options
  const database = await createTestDatabase()
  const redis = await redisDatabase()
  const rabbitmq = worker ? await claimRabbitmq() : undefined
  const env = { ...systemVariables({ database, redis, rabbitmq }), ...options.env }
  const started: RunningService[] = []
  const start: typeof startService = async (name, variables) => {
    const service = await startService(name, variables)
    started.push(service)
    return service
  }
  const stop = (): Promise<void> => stopAll(started, { database, redis, rabbitmq })

  try {
    const first = await start('main-api', env)
    const others = await times(mainApis - 1, () => start('main-api', env))
    const apis: TestSystem['mainApis'] = [first, ...others]
    const behind = (index: number): Record<string, string> => ({
      ...env,
      MAIN_API_INTERNAL_URL: (apis[index % apis.length] ?? first).internalUrl,
    })
    const [nodes, workers] = await Promise.all([
      times(websocketNodes, (index) => start('websocket-service', behind(index))),
      times(worker ? 1 : 0, (index) => start('worker-service', behind(index))),
    ])
    return { mainApis: apis, websocketNodes: nodes, worker: workers[0], database, redis, env, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * A configuration for services under test (wire-contract 16): the given stores, random secrets, cheap
 * password hashes and rates that nothing in a test reaches.
 */
export function systemVariables(stores: {
  database: { url: string }
  redis: { url: string }
  /** The first virtual host if absent: for services that do not touch the queues. */
  rabbitmq?: { url: string } | undefined
}): Record<string, string> {
  const { rabbitmqUrl, s3 } = testEnvironment()
  const secret = (): string => randomBytes(32).toString('hex')
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    PUBLIC_URL: 'http://localhost:8080',
    ALLOWED_ORIGINS: 'http://localhost:8080',
    DATABASE_URL: stores.database.url,
    DB_POOL_MAX: '8',
    REDIS_URL: stores.redis.url,
    RABBITMQ_URL: stores.rabbitmq?.url ?? rabbitmqUrl,
    S3_ENDPOINT: s3.endpoint,
    S3_ACCESS_KEY: s3.accessKey,
    S3_SECRET_KEY: s3.secretKey,
    S3_BUCKET: 'sup-media',
    JWT_SECRET: secret(),
    SERVICE_SECRET: secret(),
    ENCRYPTION_KEY: secret(),
    PASSWORD_PEPPER: secret(),
    BCRYPT_ROUNDS: '4',
    RATE_LIMIT_API_PER_MINUTE: '1000000',
    RATE_LIMIT_AUTH_PER_MINUTE: '1000000',
    RATE_LIMIT_MESSAGES_PER_MINUTE: '1000000',
  }
}

type Stores = { database: TestDatabase; redis: TestRedis; rabbitmq: TestRabbitmq | undefined }

/** Services first, in the reverse order of their start; the stores also when a service ended badly. */
async function stopAll(services: RunningService[], stores: Stores): Promise<void> {
  const ends = []
  for (const service of services.reverse())
    ends.push(...(await Promise.allSettled([service.stop()])))
  await stores.rabbitmq?.release()
  await stores.redis.release()
  await stores.database.drop()
  const bad = ends.find((end) => end.status === 'rejected')
  if (bad !== undefined) throw bad.reason
}

function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: Math.max(count, 0) }, (_, index) => make(index)))
}

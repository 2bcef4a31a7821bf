import type { Clock } from '@sup/service-kit/clock'
import { databaseUrl } from '@sup/service-kit/env'
import { type Logger, createLogger } from '@sup/service-kit/log'
import { createTestDatabase, redisDatabase, testEnvironment } from '@sup/testkit'
import { Writable } from 'node:stream'
import { readMainApiConfig } from '../src/config.js'
import { type Deps, createDeps, startDeps } from '../src/deps.js'
import { startServer } from '../src/server.js'
import { type Client, clientOf } from './client.js'
import { type PersonOptions, type TestPerson, makePerson } from './person.js'

/** main-api in this process, on a database and a Redis of its own. */
export type TestApi = {
  deps: Deps
  /** As a client sees it, without a token. */
  open: Client
  /** As another service sees it, with the service secret. */
  service: Client
  publicUrl: string
  internalUrl: string
  /** Registers somebody; the name is made unique. */
  person: (name: string, options?: PersonOptions) => Promise<TestPerson>
  /** Empties Redis. */
  flushRedis: () => Promise<void>
  /** For a second node on the same database. */
  databaseUrl: string
  stop: () => Promise<void>
}

const secret = (name: string): string => `test-${name}-0123456789abcdef0123456789abcdef`

export const TEST_SERVICE_SECRET = secret('service')

/** Rates that no test reaches by accident; a test of a rate sets its own. */
const DEFAULTS = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'warn',
  PUBLIC_URL: 'http://localhost:8080',
  ALLOWED_ORIGINS: 'http://localhost:8080',
  MAIN_API_PORT: '0',
  MAIN_API_INTERNAL_PORT: '0',
  DB_POOL_MAX: '10',
  SERVICE_SECRET: TEST_SERVICE_SECRET,
  JWT_SECRET: secret('jwt'),
  PASSWORD_PEPPER: secret('pepper'),
  ENCRYPTION_KEY: secret('encryption'),
  BCRYPT_ROUNDS: '4',
  RATE_LIMIT_API_PER_MINUTE: '100000',
  RATE_LIMIT_AUTH_PER_MINUTE: '100000',
  RATE_LIMIT_MESSAGES_PER_MINUTE: '100000',
}

/**
 * Starts main-api for the tests of one file; `stop` it in `afterAll`.
 *
 * @param options `env` changes variables of its configuration; `SUP_TEST_LOG=1` prints what it logs.
 */
export async function startTestApi(
  options: { env?: Record<string, string>; clock?: Clock; log?: Logger } = {},
): Promise<TestApi> {
  const shared = options.env?.['DATABASE_URL']
  const database = shared === undefined ? await createTestDatabase() : undefined
  const redis = await redisDatabase()
  const config = readMainApiConfig({
    ...DEFAULTS,
    ...(database ? { DATABASE_URL: database.url } : {}),
    REDIS_URL: redis.url,
    RABBITMQ_URL: testEnvironment().rabbitmqUrl,
    ...options.env,
  })
  const deps = createDeps(config, {
    ...(options.clock ? { clock: options.clock } : {}),
    log: options.log ?? quietLogger(),
  })
  const stopDeps = await startDeps(deps)
  const server = await startServer(deps)
  const publicUrl = `http://127.0.0.1:${server.publicPort}`
  const internalUrl = `http://127.0.0.1:${server.internalPort}`
  const open = clientOf(publicUrl)
  return {
    deps,
    open,
    service: clientOf(internalUrl, {
      'x-internal-secret': TEST_SERVICE_SECRET,
      'x-internal-caller': 'websocket-service',
    }),
    publicUrl,
    internalUrl,
    person: (name, personOptions) => makePerson(open, name, personOptions),
    flushRedis: redis.flush,
    databaseUrl: databaseUrl(config),
    stop: async () => {
      await server.stop()
      await stopDeps()
      await redis.release()
      await database?.drop()
    },
  }
}

/** Nothing is printed unless somebody looks for something. */
function quietLogger(): Logger {
  const isWanted = process.env['SUP_TEST_LOG'] === '1'
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
  const sink = isWanted ? process.stderr : nowhere
  return createLogger({ service: 'main-api', level: 'debug', sink })
}

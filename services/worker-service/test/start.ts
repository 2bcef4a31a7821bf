import { createLogger } from '@sup/service-kit/log'
import { createBlobs } from '@sup/service-kit/s3'
import {
  type RunningService,
  claimRabbitmq,
  createTestDatabase,
  redisDatabase,
  startService,
  systemVariables,
} from '@sup/testkit'
import { Writable } from 'node:stream'
import { type Config, readWorkerConfig } from '../src/config.js'
import { type Deps, type Outside, closeDeps, createDeps } from '../src/deps.js'

/** Time limit of tests and their preparation: files that need the queues wait for each other. */
export const SLOWEST_MS = 180_000

/** Stores that belong to one test file, and workers on them. */
export type TestGround = {
  /** The configuration as environment, for processes. */
  env: Record<string, string>
  /** Constructs a worker's parts in this process; they are closed with the ground. */
  deps: (outside?: Outside & { config?: Partial<Config> }) => Deps
  /** Empties Redis, as a restart without its file would. */
  flushRedis: () => Promise<void>
  /** Log lines of all parts in this process. */
  lines: () => Record<string, unknown>[]
  startMainApi: (env?: Record<string, string>) => Promise<RunningService>
  startWorker: (env?: Record<string, string>) => Promise<RunningService>
  stop: () => Promise<void>
}

/** Takes a database, a Redis database and the queues for one test file. */
export async function openGround(): Promise<TestGround> {
  const rabbitmq = await claimRabbitmq()
  const [database, redis] = await Promise.all([createTestDatabase(), redisDatabase()])
  const env = systemVariables({ database, redis, rabbitmq })
  const config = readWorkerConfig(env)
  const blobs = createBlobs(config)
  await blobs.ensureBucket()
  blobs.close()

  const log = collectLines()
  const made: Deps[] = []
  const services: RunningService[] = []
  const start = async (
    name: 'main-api' | 'worker-service',
    more: Record<string, string> = {},
  ): Promise<RunningService> => {
    const service = await startService(name, { ...env, ...more })
    services.push(service)
    return service
  }
  return {
    env,
    deps: ({ config: changes, ...outside } = {}) => {
      const deps = createDeps({ ...config, ...changes }, { log: log.logger, ...outside })
      made.push(deps)
      return deps
    },
    flushRedis: redis.flush,
    lines: log.lines,
    startMainApi: (more) => start('main-api', more),
    startWorker: (more) => start('worker-service', more),
    async stop() {
      for (const service of services.reverse()) await service.kill()
      for (const deps of made) await closeAll(deps)
      await rabbitmq.release()
      await redis.release()
      await database.drop()
    },
  }
}

async function closeAll(deps: Deps): Promise<void> {
  await Promise.all([deps.relay.stop(), deps.backlog.stop()])
  await deps.duties.close(1000)
  const queues = [deps.cleanupJobs, deps.emailJobs, deps.mediaJobs, deps.notificationJobs]
  await Promise.all(queues.map((queue) => queue.close(1000)))
  await closeDeps(deps)
}

function collectLines(): {
  logger: ReturnType<typeof createLogger>
  lines: TestGround['lines']
} {
  const texts: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      texts.push(chunk.toString())
      done()
    },
  })
  return {
    logger: createLogger({ service: 'worker-service', level: 'debug', sink }),
    lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>),
  }
}

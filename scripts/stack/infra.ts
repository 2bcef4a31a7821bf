import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Children } from './children.js'
import { isBlockFree, pickBlock } from './ports.js'
import type { Progress } from './progress.js'
import { startPostgres } from './servers/postgres.js'
import { startRabbitmq } from './servers/rabbitmq.js'
import { type Redis, startRedis } from './servers/redis.js'
import { type S3, startS3 } from './servers/s3.js'
import { INFRA_PORTS, type InfraPorts, type Restartable, namePorts } from './servers/server.js'
import type { Secrets } from './state.js'

export type Infra = {
  ports: InfraPorts
  /** Superuser on the maintenance database. */
  postgresUrl: string
  postgres: Restartable
  redis: Redis
  rabbitmqUrl: string
  rabbitmq: Restartable
  s3: S3
}

type Needs = { folder: string; children: Children; secrets: Secrets; progress: Progress }

/**
 * Starts PostgreSQL, Redis, RabbitMQ and S3 side by side and waits until each answers.
 *
 * @param onPostgres work that needs the database alone, such as migrating it while the slower
 *   servers still start; it is waited for too
 */
export async function startServers(
  needs: Needs,
  onPostgres: (url: string) => Promise<void>,
): Promise<Infra> {
  const { folder, progress } = needs
  const ports = namePorts(await choosePorts(folder, progress.say))
  const server = { ...needs, ports }
  const [postgres, redis, rabbitmq, s3] = await Promise.all([
    progress
      .step('PostgreSQL', () => startPostgres(server))
      .then(async (started) => {
        await onPostgres(started.url)
        return started
      }),
    progress.step('Redis', () => startRedis(server)),
    progress.step('RabbitMQ', () => startRabbitmq(server)),
    progress.step('S3', () => startS3(server)),
  ])
  return {
    ports,
    postgresUrl: postgres.url,
    postgres,
    redis,
    rabbitmqUrl: rabbitmq.url,
    rabbitmq,
    s3,
  }
}

/** The ports of the last start, so that saved addresses stay good; others when those are taken. */
async function choosePorts(folder: string, say: (line: string) => void): Promise<number> {
  const file = join(folder, 'first-port')
  const known = readNumber(file)
  if (known !== undefined && (await isBlockFree(known, INFRA_PORTS))) return known
  const first = await pickBlock(INFRA_PORTS)
  if (known !== undefined) {
    say(
      `ports ${known}-${known + INFRA_PORTS - 1} are taken by another program; using ${first} and up`,
    )
  }
  writeFileSync(file, String(first))
  return first
}

function readNumber(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

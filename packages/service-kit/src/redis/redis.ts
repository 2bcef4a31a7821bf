import { randomInt } from 'node:crypto'
import {
  type ClusterNode,
  Redis as IoRedis,
  Cluster,
  type RedisOptions as AllDriverOptions,
} from 'ioredis'
import type { Logger } from '../log/index.js'
import type { Metrics } from '../metrics/index.js'
import { countCommands } from './count-commands.js'

// Replies keep the shapes of RESP2, which everything built on ioredis expects.
type DriverOptions = Omit<AllDriverOptions, 'replyMapping' | 'retryStrategy'>

const COMMAND_TIMEOUT_MS = 500
const CONNECT_TIMEOUT_MS = 2000
/** After this a goodbye that nobody answers is over; until then it would keep the process alive. */
const DISCONNECT_TIMEOUT_MS = 200
const RETRIES_PER_REQUEST = 1
const LONGEST_PAUSE_MS = 2000

export type RedisOptions = {
  /** `redis://:password@host:port`, `rediss://` for TLS. */
  url: string
  /** `host:port` of the nodes of a cluster; absent or empty: a single server. */
  cluster?: readonly string[]
  log: Logger
  metrics: Metrics
  /** Shown by `CLIENT LIST`. */
  name?: string
}

/** One service's connections to Redis. What is in Redis may be lost at any time. */
export type Redis = {
  /** For commands: fails after 0.5 s, gathers what is sent in one turn into one write. */
  command: IoRedis | Cluster
  /** For hints: fails at once while there is no connection, so that nothing old is sent later. */
  publisher: IoRedis | Cluster
  /** For subscriptions only; `hints` renews them after a reconnect. */
  subscriber: IoRedis | Cluster
  isCluster: boolean
  /** Rejects when Redis does not answer; for health checks. */
  ping: () => Promise<void>
  close: () => Promise<void>
}

/**
 * Connects to Redis in the background: it never throws and never gives up, with a pause of at most two
 * seconds between two attempts.
 */
export function createRedis(options: RedisOptions): Redis {
  const { log, metrics } = options
  const isCluster = (options.cluster ?? []).length > 0
  const connect = (role: string, more: DriverOptions): IoRedis | Cluster => {
    const connection = isCluster
      ? openCluster(options, { ...common(options, role), ...more })
      : new IoRedis(options.url, { ...common(options, role), ...more, retryStrategy: pause })
    countCommands(connection, metrics)
    tellTrouble(connection, log, role)
    return connection
  }
  const command = connect('command', { enableAutoPipelining: true })
  const publisher = connect('publisher', { enableOfflineQueue: false })
  // Subscriptions are renewed by `hints`, which must know when they stand again. Without command timeout:
  // subscribing to thousands of channels after a reconnect takes its time.
  const subscriber = connect('subscriber', { autoResubscribe: false, maxRetriesPerRequest: null })

  return {
    command,
    publisher,
    subscriber,
    isCluster,
    async ping() {
      await command.ping()
    },
    async close() {
      await Promise.all([command, publisher, subscriber].map(quit))
    },
  }
}

function common({ name }: RedisOptions, role: string): DriverOptions {
  return {
    ...(role === 'subscriber' ? {} : { commandTimeout: COMMAND_TIMEOUT_MS }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    disableClientInfo: true,
    maxRetriesPerRequest: RETRIES_PER_REQUEST,
    connectionName: `${name ?? 'sup'}-${role}`,
    // A replica that was the primary: reconnecting finds the new one.
    reconnectOnError: (err) => err.message.startsWith('READONLY'),
  }
}

/** Full jitter below a bound that doubles up to two seconds. */
const pause = (attempt: number): number =>
  randomInt(20, Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(attempt, 10)) + 1)

/** The login of a cluster's nodes is that of the URL. */
function openCluster({ url, cluster = [] }: RedisOptions, driver: DriverOptions): Cluster {
  const { password, username, protocol } = new URL(url)
  const nodes: ClusterNode[] = cluster.map((node) => {
    const [host = '', port = '6379'] = node.split(':')
    return { host, port: Number(port) }
  })
  const { enableOfflineQueue, enableAutoPipelining, ...redisOptions } = driver
  return new Cluster(nodes, {
    ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
    ...(enableAutoPipelining === undefined ? {} : { enableAutoPipelining }),
    clusterRetryStrategy: pause,
    shardedSubscribers: true,
    redisOptions: {
      ...redisOptions,
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  })
}

/** One line when the connection is lost and one when it is back, however many attempts lie between. */
function tellTrouble(connection: IoRedis | Cluster, log: Logger, role: string): void {
  let isDown = false
  connection.on('error', (err: unknown) => {
    if (!isDown) log.warn('Redis cannot be reached', { role, err })
    isDown = true
  })
  connection.on('ready', () => {
    if (isDown) log.info('Redis can be reached again', { role })
    isDown = false
  })
}

async function quit(connection: IoRedis | Cluster): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined)
  connection.disconnect()
}

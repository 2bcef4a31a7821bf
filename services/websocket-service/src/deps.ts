import { type Clock, systemClock } from '@sup/service-kit/clock'
import { redisUrl } from '@sup/service-kit/env'
import { type Hints, createHints } from '@sup/service-kit/hints'
import { type InternalClient, createInternalClient } from '@sup/service-kit/http'
import { type Logger, createLogger } from '@sup/service-kit/log'
import { type Metrics, createMetrics } from '@sup/service-kit/metrics'
import { type Redis, createRedis } from '@sup/service-kit/redis'
import { RevocationLoop } from '@sup/service-kit/sessions'
import type { UUID } from '@sup/types'
import type { Batcher } from './batcher.js'
import { createAddressOf } from './client-address.js'
import { closeAnywhere } from './close-anywhere.js'
import type { Config } from './config.js'
import { type Connections, type Person, createConnections } from './connections.js'
import { createIo } from './create-io.js'
import {
  type EventLimit,
  type EventRate,
  handshakeLimit,
  socketEventLimit,
  startRate,
} from './event-rate.js'
import { Followers } from './features/messages/follower-loop.js'
import { type SendLoop, createSendLoop } from './features/messages/send-loop.js'
import { PresenceLoop } from './features/presence/presence-loop.js'
import { ReceiptLoop } from './features/receipts/receipt-loop.js'
import { createExpiryLoop } from './features/sessions/expiry-loop.js'
import { type AccountHint, MembershipLoop } from './features/sessions/membership-loop.js'
import { Strangers } from './features/sessions/strangers-loop.js'
import { type HeadsLoop, createHeadsLoop } from './features/sync/heads-loop.js'
import { createLagLoop } from './features/sync/lag-loop.js'
import { createRedisWatch } from './features/sync/redis-watch-loop.js'
import { TypingLoop } from './features/typing/typing-loop.js'
import { type Head, createHeadsReader } from './heads-reader.js'
import { type HiddenPairs, createHiddenPairs } from './hidden-pairs.js'
import type { Io } from './io.js'
import { type Node, createNode, noteEpoch } from './node.js'
import { type RecentPlaces, createRecentPlaces } from './recent-places.js'
import { batchesRoom, singlesRoom } from './rooms.js'
import { type Semaphore, createSemaphore } from './semaphore.js'
import { type SocketMetrics, createSocketMetrics } from './socket-metrics.js'

const API_TIMEOUT_MS = 3000
/** Requests with messages in flight to main-api. */
const LANES = 2
const SYNCS = { atOnce: 20, mostWaiting: 2000, waitMs: 3000 }
/** Less than the 10 s after which Socket.IO gives up a client that is in no namespace yet. */
const ADMISSIONS = { atOnce: 16, mostWaiting: 10_000, waitMs: 7000 }

/** What everything else stands on. */
export type Base = {
  config: Config
  clock: Clock
  log: Logger
  registry: Metrics
  redis: Redis
  /** Connections of Socket.IO's adapter, so that it does not see every publication of every chat. */
  adapterRedis: Redis
  hints: Hints
  mainApi: InternalClient
  /** The way of messages alone: a storm of handshakes must not hold them up. */
  sendApi: InternalClient
  io: Io
  node: Node
  connections: Connections
  metrics: SocketMetrics
  eventLimit: EventLimit
  handshakes: { limit: EventLimit; rate: EventRate }
  heads: Batcher<UUID, Head>
  hiddenPairs: HiddenPairs
  recent: RecentPlaces
  syncs: Semaphore
  /** After an outage everybody comes at once; asked all together, main-api would answer nobody in time. */
  admissions: Semaphore
}

/** Everything this service stands on. A use case asks for its part of it: `Needs<'sends' | 'clock'>`. */
export type Deps = Base & {
  followers: Followers
  sends: SendLoop
  receipts: ReceiptLoop
  typing: TypingLoop
  presence: PresenceLoop
  memberships: MembershipLoop
  revocations: RevocationLoop
  strangers: Strangers
  headsLoop: HeadsLoop
}

/** What one use case may touch. Read its signature to know its reach. */
export type Needs<K extends keyof Deps> = Pick<Deps, K>

type Outside = { clock?: Clock; log?: Logger }
type OnEpoch = (epoch: UUID) => void

/**
 * Constructs everything; nothing is started yet.
 *
 * @param outside The clock and the logger of a test.
 */
export function createDeps(config: Config, outside: Outside = {}): Deps {
  const onEpoch: OnEpoch = (epoch) => {
    if (noteEpoch(deps.node, epoch)) void tellRestored(deps)
  }
  const base = createBase(config, outside, onEpoch)
  const deps: Deps = { ...base, ...createLoops(base, onEpoch) }
  return deps
}

function createBase(config: Config, outside: Outside, onEpoch: OnEpoch): Base {
  const clock = outside.clock ?? systemClock
  const log = outside.log ?? createLogger({ service: 'websocket-service', level: config.LOG_LEVEL })
  const registry = createMetrics({ service: 'websocket-service' })
  const connect = (name: string): Redis =>
    createRedis({
      url: redisUrl(config),
      cluster: config.REDIS_CLUSTER_NODES,
      log,
      metrics: registry,
      name,
    })
  const redis = connect('websocket-service')
  const adapterRedis = connect('websocket-adapter')
  const mainApi = connectMainApi(config, log)
  const connections = createConnections()
  const limit = handshakeLimit(config.RATE_LIMIT_API_PER_MINUTE)
  return {
    config,
    clock,
    log,
    registry,
    redis,
    adapterRedis,
    hints: createHints({ redis, log }),
    mainApi,
    sendApi: connectMainApi(config, log, LANES),
    io: createIo({ allowedOrigins: config.ALLOWED_ORIGINS, redis: adapterRedis, log }),
    node: createNode(),
    connections,
    metrics: createSocketMetrics(registry, () => connections.count()),
    eventLimit: socketEventLimit(config.RATE_LIMIT_MESSAGES_PER_MINUTE),
    handshakes: { limit, rate: startRate(limit, clock.now().getTime()) },
    heads: createHeadsReader(mainApi, onEpoch),
    hiddenPairs: createHiddenPairs(mainApi),
    recent: createRecentPlaces(),
    syncs: createSemaphore(SYNCS),
    admissions: createSemaphore(ADMISSIONS),
  }
}

const connectMainApi = (config: Config, log: Logger, connections?: number): InternalClient =>
  createInternalClient({
    baseUrl: config.MAIN_API_INTERNAL_URL,
    secret: config.SERVICE_SECRET[0] ?? '',
    caller: 'websocket-service',
    timeoutMs: API_TIMEOUT_MS,
    log,
    ...(connections === undefined ? {} : { connections }),
  })

function createLoops(base: Base, onEpoch: OnEpoch): Omit<Deps, keyof Base> {
  const { config, io, node, metrics } = base
  const receipts = new ReceiptLoop(base)
  const followers = new Followers({
    ...base,
    onWritten: (chatId, messages) => {
      receipts.written(chatId, messages)
    },
    onReceipt: (hint) => {
      receipts.heard(hint)
    },
    onJump: (chatId, head) => {
      const heads = { epoch: node.epoch, heads: { [chatId]: head }, more: false }
      io.local.to([singlesRoom(chatId), batchesRoom(chatId)]).emit('heads', heads)
    },
  })
  const headsLoop = createHeadsLoop({ ...base, followers })
  const typing = new TypingLoop(base)
  const revocations = new RevocationLoop(base)
  const memberships = new MembershipLoop({
    ...base,
    followers,
    onEpoch,
    onUserHint: (person, hint) => {
      if (hint.type === 'revoked') revocations.poll()
      else showAccountChange(person, hint)
    },
    onJoined: (connection, chatIds) => {
      headsLoop.tell(connection, chatIds)
    },
    onLeft: (connection, chatId) => {
      typing.end(connection, chatId)
    },
  })
  const presence = new PresenceLoop({
    ...base,
    nodeId: node.id,
    ttlSeconds: config.PRESENCE_TTL,
    mostConnections: config.WS_MAX_CONNECTIONS_PER_USER,
    onTooMany: (nodeId, socketId) => {
      closeAnywhere(base, { nodeId, socketId, code: 'TOO_MANY_CONNECTIONS' })
    },
  })
  const addressOf = createAddressOf(config.TRUSTED_PROXIES)
  return {
    followers,
    sends: createSendLoop(base.sendApi, LANES),
    receipts,
    typing,
    presence,
    memberships,
    revocations,
    strangers: new Strangers({ addressOf, metrics }),
    headsLoop,
  }
}

/** Durable changes must not be lost in silence, so a client that lags gets them too. */
function showAccountChange({ connections }: Person, hint: AccountHint): void {
  for (const { socket, deviceId } of connections) {
    if (deviceId !== hint.exceptDevice) socket.emit('account', hint.change)
  }
}

/** The database was restored: every client has to look where its chats are now. */
async function tellRestored({ followers, connections, headsLoop, log }: Deps): Promise<void> {
  log.warn('The epoch has changed: the database was restored')
  await followers.restart().catch(() => undefined)
  for (const connection of connections.all()) {
    headsLoop.tell(connection, [...connection.chats.keys()])
  }
}

/**
 * Starts everything that runs by itself.
 *
 * @returns Stops it again, last opened first.
 */
export function startDeps(deps: Deps): () => Promise<void> {
  const { revocations, presence, headsLoop, memberships, typing, receipts, followers } = deps
  const watches = [
    createExpiryLoop(deps),
    createRedisWatch(deps),
    createLagLoop({
      ...deps,
      onCaughtUp: (connection) => {
        headsLoop.tellMoved(connection)
      },
    }),
  ]
  revocations.start()
  presence.start()
  headsLoop.start()
  for (const watch of watches) watch.start()
  return async () => {
    for (const loop of [...watches, headsLoop, revocations, memberships, typing, receipts])
      loop.stop()
    await presence.stop()
    followers.stop()
    await Promise.all([deps.mainApi.close(), deps.sendApi.close()])
    await Promise.all([deps.redis.close(), deps.adapterRedis.close()])
  }
}

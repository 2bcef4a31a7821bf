import { type ChannelModel, connect } from 'amqplib'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../log/index.js'

const LONGEST_PAUSE_MS = 5000
const CONNECT_TIMEOUT_MS = 5000
const HEARTBEAT_SECONDS = 10
/** Failures in a row between two log lines: about one a minute. */
const LOG_EVERY = 20

/** A connection to RabbitMQ that is opened again whenever it breaks. */
export type AmqpConnection = {
  /** Breaks the connection on purpose: what was not acknowledged is delivered again. */
  restart: (reason: string) => void
  isBlocked: () => boolean
  close: () => Promise<void>
}

/**
 * Connects in the background and keeps at it, with a pause of at most five seconds between two attempts.
 *
 * @param options `setUp` prepares each new connection; when it fails the connection is given up. `onDown`
 *   is told when a connection that stood is lost.
 */
export function keepConnected(options: {
  url: string
  log: Logger
  setUp: (connection: ChannelModel) => Promise<void>
  onDown: () => void
}): AmqpConnection {
  const { log } = options
  const stop = new AbortController()
  let current: ChannelModel | undefined
  let isBlocked = false
  let isRestarting = false

  /** Resolves when the connection has ended, for whatever reason. */
  const live = async (): Promise<void> => {
    const connection = await connect(withHeartbeat(options.url), { timeout: CONNECT_TIMEOUT_MS })
    const ended = endOf(connection, log)
    connection.on('blocked', () => {
      isBlocked = true
      log.warn('RabbitMQ accepts nothing for now: it is short of memory or disk')
    })
    connection.on('unblocked', () => {
      isBlocked = false
    })
    current = connection
    isRestarting = false
    try {
      if (stop.signal.aborted) return
      await options.setUp(connection)
      await ended
    } finally {
      current = undefined
      isBlocked = false
      options.onDown()
      await connection.close().catch(() => undefined)
    }
  }

  const ended = repeat(live, { log, signal: stop.signal })

  return {
    restart(reason) {
      if (!current || isRestarting || stop.signal.aborted) return
      isRestarting = true
      log.warn('The connection to RabbitMQ is renewed', { reason })
      current.close().catch(() => undefined)
    },
    isBlocked: () => isBlocked,
    async close() {
      stop.abort()
      await current?.close().catch(() => undefined)
      await ended
    },
  }
}

/** Resolves when a connection is closed, by whomever. */
function endOf(connection: ChannelModel, log: Logger): Promise<void> {
  // Without a listener an error would end the process; `close` follows it.
  connection.on('error', (err: unknown) => {
    log.warn('The connection to RabbitMQ failed', { err })
  })
  return new Promise((resolve) => {
    connection.on('close', () => {
      resolve()
    })
  })
}

/** Runs `live` again and again, with pauses that grow while it fails at once. */
async function repeat(
  live: () => Promise<void>,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const start = performance.now()
    try {
      await live()
    } catch (err) {
      if (failures % LOG_EVERY === 0) log.warn('RabbitMQ cannot be used', { err })
    }
    // A connection that stood for a while starts the pauses anew.
    failures = performance.now() - start > LONGEST_PAUSE_MS ? 1 : failures + 1
    const longest = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** Math.min(failures, 8))
    await sleep(randomInt(50, longest + 1), undefined, { signal }).catch(() => undefined)
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url)
  if (!parsed.searchParams.has('heartbeat')) {
    parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  }
  return parsed.href
}

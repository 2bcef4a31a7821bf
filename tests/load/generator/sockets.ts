import { type Socket, io } from 'socket.io-client'
import { createHistogram } from '../histogram.js'
import type { Arrival } from './ledger.js'
import type { ConnectReport, Crowd } from './protocol.js'

/** The open connections of the crowd; what arrives goes to whoever listens at the moment. */
export type Sockets = {
  all: Socket[]
  listen: (onMessages: OnMessages) => void
  close: () => void
}

export type OnMessages = (user: number, messages: readonly Arrival[]) => void

const CONNECT_LIMIT_MS = 60_000

/**
 * Connects everybody, at most so many a second, and waits until each is authenticated.
 *
 * @throws Error when somebody is refused, or not in within 60 s.
 */
export async function connectAll(
  crowd: Crowd,
  perSecond: number,
): Promise<{ sockets: Sockets; report: ConnectReport }> {
  const durations = createHistogram()
  const started = performance.now()
  let onMessages: OnMessages = () => undefined
  const sockets: Socket[] = []
  const entering = crowd.users.map(async ({ token }, user) => {
    await delay((user * 1000) / perSecond)
    const asked = performance.now()
    sockets[user] = await openSocket(crowd.url, token, (messages) => {
      onMessages(user, messages)
    })
    durations.add(performance.now() - asked)
  })
  await Promise.all(entering)
  return {
    sockets: {
      all: sockets,
      listen: (listener) => {
        onMessages = listener
      },
      close: () => {
        for (const socket of sockets) socket.disconnect()
      },
    },
    report: {
      seconds: (performance.now() - started) / 1000,
      p50Ms: durations.quantile(0.5),
      p99Ms: durations.quantile(0.99),
    },
  }
}

/**
 * Opens one connection and waits until it is authenticated.
 *
 * @param onMessages told what arrives, also while this waits
 */
export async function openSocket(
  url: string,
  token: string,
  onMessages: (messages: readonly Arrival[]) => void = () => undefined,
): Promise<Socket> {
  const socket = io(url, {
    auth: { token, protocol: 1, batch: true },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  socket.on('message', (message: Arrival) => {
    onMessages([message])
  })
  socket.on('messages', ({ messages }: { messages: Arrival[] }) => {
    onMessages(messages)
  })
  await authenticated(socket)
  return socket
}

type Refusal = Error & { data?: { retryable?: boolean; retryAfterMs?: number } }

/** Waits for admission; a server that says "later" is asked again when it said. */
function authenticated(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => {
      socket.disconnect()
      reject(new Error(message))
    }
    const timer = setTimeout(() => {
      fail('a connection was not authenticated within 60 s')
    }, CONNECT_LIMIT_MS)
    socket.once('authenticated', () => {
      clearTimeout(timer)
      socket.off('connect_error')
      resolve()
    })
    socket.on('connect_error', (error: Refusal) => {
      if (error.data?.retryable === true) {
        setTimeout(() => socket.connect(), error.data.retryAfterMs ?? 100)
        return
      }
      clearTimeout(timer)
      fail(`a connection was refused: ${error.message}`)
    })
  })
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

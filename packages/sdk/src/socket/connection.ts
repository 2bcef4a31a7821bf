import {
  type Ack,
  type ClientEventType,
  type SocketFailure,
  type SocketHandshake,
  authenticateEvent,
  serverEvents,
} from '@sup/types'
import type { Socket } from 'socket.io-client'
import type { z } from 'zod'
import { BACKOFF, fullJitter, random } from '../base/chance.js'
import type { Clock } from '../base/clock.js'
import type { Log } from '../base/log.js'
import { SupError, concernsSession, isSupError } from '../base/sup-error.js'
import type { Tokens } from '../session/tokens.js'
import type { ServerMessage, ServerPayloads } from './events.js'
import { type Refusal, errorOfAck, errorOfRefusal } from './socket-error.js'

/** `waiting`: not connected, will try again; `ended`: will not. */
export type ConnectionState = 'offline' | 'connecting' | 'online' | 'waiting' | 'ended'

/** The one socket of a client. It comes back by itself until it is closed or the session ends. */
export type Connection = {
  open: () => void
  close: () => void
  isOnline: () => boolean
  /**
   * Emits an event and waits for its acknowledgement.
   * @throws SupError; NETWORK_ERROR when there is no connection or no answer within 10 s.
   */
  request: <E extends ClientEventType>(event: E, payload: z.input<E['payload']>) => Promise<Ack<E>>
  /** Emits what may be lost; does nothing while there is no connection. */
  tell: <E extends ClientEventType>(event: E, payload: z.input<E['payload']>) => void
}

export type ConnectionNeeds = {
  server: string
  tokens: Tokens
  clock: Clock
  log: Log
  /** Where this client stands, for the handshake. */
  standing: () => Pick<SocketHandshake, 'heads' | 'epoch'>
  onEvent: (event: ServerMessage) => void
  onState: (state: ConnectionState, reason?: SupError) => void
}

type Keeper = ConnectionNeeds & {
  /** Made when the connection is opened first: many uses of a client never need it. */
  socket: Socket | undefined
  state: ConnectionState
  /** The access token of the last handshake. */
  token: string
  failures: number
  closing?: ServerPayloads['closing'] | undefined
  cancelTimer: () => void
}

const ACK_TIMEOUT_MS = 10_000
/** The server gives notice this long before; a clock that is wrong must not make it longer. */
const LONGEST_NOTICE_MS = 60_000

export function createConnection(needs: ConnectionNeeds): Connection {
  const link: Keeper = {
    ...needs,
    socket: undefined,
    state: 'offline',
    token: '',
    failures: 0,
    cancelTimer: () => undefined,
  }
  return {
    open() {
      if (link.state === 'offline' || link.state === 'ended') connect(link)
    },
    close() {
      link.cancelTimer()
      link.socket?.disconnect()
      move(link, 'offline')
    },
    isOnline: () => link.state === 'online',
    request: (event, payload) => request(link, event, payload),
    tell(event, payload) {
      if (link.state === 'online') link.socket?.emit(event.name, payload)
    },
  }
}

async function makeSocket(link: Keeper): Promise<Socket> {
  const { io } = await import('socket.io-client')
  const socket = io(link.server, {
    autoConnect: false,
    forceNew: true,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionAttempts: Infinity,
    reconnectionDelay: BACKOFF.firstMs,
    reconnectionDelayMax: BACKOFF.longestMs,
    randomizationFactor: 1,
    timeout: 10_000,
    auth: (give) => void handshake(link).then(give),
  })
  listen(link, socket)
  return socket
}

function move(link: Keeper, state: ConnectionState, reason?: SupError): void {
  if (link.state === state) return
  link.state = state
  link.onState(state, reason)
}

function connect(link: Keeper): void {
  link.closing = undefined
  if (link.state !== 'waiting') move(link, 'connecting')
  if (link.socket) {
    link.socket.connect()
    return
  }
  void makeSocket(link).then((socket) => {
    link.socket ??= socket
    // The connection may have been closed while the library was loaded.
    if (link.state !== 'offline') link.socket.connect()
  })
}

function connectAfter(link: Keeper, ms: number): void {
  link.cancelTimer()
  move(link, 'waiting')
  link.cancelTimer = link.clock.after(ms, () => {
    connect(link)
  })
}

/** An old token is given rather than none: the server refuses it by name, and it is renewed then. */
async function handshake(link: Keeper): Promise<SocketHandshake> {
  try {
    link.token = await link.tokens.fresh()
  } catch (err) {
    link.log.debug('no fresh token for the handshake', { err })
  }
  return { token: link.token, protocol: 1, batch: true, ...link.standing() }
}

function listen(link: Keeper, socket: Socket): void {
  for (const { name } of serverEvents) {
    // The border where a frame becomes a contract value: consumers check what they build on.
    socket.on(name, (payload: unknown) => {
      receive(link, { name, payload } as ServerMessage)
    })
  }
  socket.on('connect_error', (err: Error & { data?: Refusal }) => {
    link.log.debug('no connection', { message: err.message, code: err.data?.code })
    if (socket.active) move(link, 'waiting')
    else void answerRefusal(link, errorOfRefusal(err.message, err.data))
  })
  socket.on('disconnect', (reason) => {
    link.log.debug('disconnected', { reason, code: link.closing?.code })
    if (reason === 'io client disconnect') return
    answerDisconnect(link, reason)
  })
}

function receive(link: Keeper, event: ServerMessage): void {
  try {
    if (event.name === 'authenticated') {
      link.failures = 0
      move(link, 'online')
    }
    if (event.name === 'token_expiring') renewBefore(link, event.payload.expiresAt)
    if (event.name === 'closing') link.closing = event.payload
    if (event.name === 'drain') leaveAfter(link, event.payload.reconnectInMs)
    link.onEvent(event)
  } catch (err) {
    link.log.warn('an event of the server could not be used', { event: event.name, err })
  }
}

/** The node shuts down: it serves until then, and the others must not get everybody at once. */
function leaveAfter(link: Keeper, ms: number): void {
  link.cancelTimer()
  link.cancelTimer = link.clock.after(ms, () => {
    link.socket?.disconnect()
    move(link, 'waiting')
    connect(link)
  })
}

/**
 * Renews the token in the second quarter of what is left of it: not all clients of a node at once,
 * and not again and again where tokens live shorter than the server's notice.
 */
function renewBefore(link: Keeper, expiresAt: string): void {
  const left = Math.min(LONGEST_NOTICE_MS, Math.max(0, Date.parse(expiresAt) - link.clock.now()))
  link.clock.after((left / 4) * (1 + random()), () => {
    if (link.state === 'online') void renew(link)
  })
}

async function renew(link: Keeper): Promise<void> {
  try {
    const token = await link.tokens.renew(link.token)
    await request(link, authenticateEvent, { token })
    link.token = token
  } catch (err) {
    // The server closes with TOKEN_EXPIRED then, and the next handshake tries again.
    link.log.debug('the token of the socket was not renewed', { err })
  }
}

function answerDisconnect(link: Keeper, reason: string): void {
  const { closing } = link
  if (closing && !closing.reconnect) {
    answerClosing(link, closing)
  } else if (closing?.reconnectInMs !== undefined || reason === 'io server disconnect') {
    link.socket?.disconnect()
    connectAfter(link, closing?.reconnectInMs ?? fullJitter(link.failures++))
  } else {
    // Socket.IO comes back by itself.
    move(link, 'waiting')
  }
}

function answerClosing(link: Keeper, { code, message }: ServerPayloads['closing']): void {
  if (code === 'TOO_MANY_CONNECTIONS') move(link, 'ended', new SupError({ code, message }))
  else {
    const asRest = code === 'TOKEN_EXPIRED' ? code : 'UNAUTHORIZED'
    void answerRefusal(link, new SupError({ code: asRest, message }))
  }
}

/** The handshake was refused, or the session was cut: another token may help, or time. */
async function answerRefusal(link: Keeper, refusal: SupError): Promise<void> {
  try {
    if (refusal.code === 'UNAUTHORIZED' || refusal.code === 'ACCOUNT_DISABLED') {
      await link.tokens.replaceRevoked(link.token, refusal)
    } else if (concernsSession(refusal)) {
      await link.tokens.renew(link.token)
    }
    connectAfter(link, (refusal.retryAfterMs ?? 0) + fullJitter(link.failures++))
  } catch (err) {
    if (isSupError(err) && concernsSession(err)) move(link, 'ended', err)
    else connectAfter(link, fullJitter(link.failures++))
  }
}

async function request<E extends ClientEventType>(
  link: Keeper,
  event: E,
  payload: z.input<E['payload']>,
): Promise<Ack<E>> {
  if (link.state !== 'online' || !link.socket) throw lost()
  let ack: Ack<E> | SocketFailure
  try {
    const answer: unknown = await link.socket
      .timeout(ACK_TIMEOUT_MS)
      .emitWithAck(event.name, payload)
    ack = answer as Ack<E> | SocketFailure
  } catch (err) {
    throw lost(err)
  }
  if (isFailure(ack)) throw errorOfAck(ack)
  return ack
}

const isFailure = (ack: unknown): ack is SocketFailure =>
  typeof ack === 'object' && ack !== null && 'ok' in ack && ack.ok !== true

const lost = (cause?: unknown): SupError =>
  new SupError({
    code: 'NETWORK_ERROR',
    message: 'No answer on the socket',
    retryable: true,
    cause,
  })

import type { Clock } from '@sup/service-kit/clock'
import { AppError, errorPart, problemsOf, toAppError } from '@sup/service-kit/http'
import type { Logger } from '@sup/service-kit/log'
import {
  type Ack,
  type ClientEventType,
  type ErrorType,
  type Payload,
  notFound,
  rateLimited,
  serviceUnavailable,
  unauthorized,
  validationError,
} from '@sup/types'
import { z } from 'zod'
import { QueueFullError } from './batcher.js'
import { closeSocket, isClosing } from './close-socket.js'
import type { Connection } from './connections.js'
import { type EventLimit, startRate, takeEvent } from './event-rate.js'
import type { Socket } from './io.js'
import type { SocketMetrics } from './socket-metrics.js'

type Answer<E extends ClientEventType> = Omit<Ack<E>, 'ok'>

/** What an event without a result is answered with. */
export type NoAnswer = Record<string, never>

/** What happens on an event of an authenticated connection; `ok` is added to what it returns. */
export type Handler<E extends ClientEventType> = (
  connection: Connection,
  payload: Payload<E>,
) => Promise<Answer<E>> | Answer<E>

/** One event a client may send, bound to what happens then. */
export type Route = {
  name: string
  payload: z.ZodType
  run: (socket: Socket, payload: unknown) => Promise<object> | object
  /** Also a connection without a token may send it. */
  isForAnybody?: true
}

function assertAuthenticated({ data: { connection } }: Socket): Connection {
  if (!connection || connection.isGone) throw new AppError(unauthorized)
  return connection
}

/**
 * Binds an event to its use case. The payload has been checked against the contract when the handler runs;
 * what it throws becomes the failed acknowledgement.
 */
export const on = <E extends ClientEventType>(event: E, handler: Handler<E>): Route => ({
  name: event.name,
  payload: event.payload,
  run(socket, payload) {
    const connection = assertAuthenticated(socket)
    // A parsing border: the router has parsed the payload with the schema this type comes from.
    return handler(connection, payload as Payload<E>)
  },
})

/** Binds an event that also a connection without a token may send; its handler checks the payload itself. */
export const onAnySocket = <E extends ClientEventType>(
  event: E,
  handler: (socket: Socket, payload: unknown) => Promise<Answer<E>>,
): Route => ({ name: event.name, payload: z.unknown(), run: handler, isForAnybody: true })

export type RouterNeeds = {
  routes: readonly Route[]
  limit: EventLimit
  clock: Clock
  log: Logger
  metrics: SocketMetrics
}

type Acknowledge = (answer: object) => void

/** Longest name of an unknown event that is given back. */
const NAME_LENGTH = 64

/**
 * Makes the function that answers every event of a socket: rate, form, use case, acknowledgement or
 * `error`. It never throws and never rejects, whatever a client sends.
 */
export function createRouter(needs: RouterNeeds): (socket: Socket) => void {
  const { limit, clock } = needs
  const routes = new Map(needs.routes.map((route) => [route.name, route] as const))

  return (socket) => {
    const rate = startRate(limit, clock.now().getTime())
    // Nothing is passed on to listeners: Node throws for an event `error` that nobody listens to.
    socket.use(([name, ...rest]) => {
      if (isClosing(socket)) return
      const now = clock.now().getTime()
      const verdict = takeEvent(rate, limit, now)
      const route = routes.get(name)
      const call = { socket, name: nameOf(name), rest }
      if (!verdict.isAllowed) refuse(needs, call, verdict)
      else void answer(needs, route, call)
    })
    socket.on('error', () => undefined)
  }
}

/** Typed as text, but a client may send a number. */
const nameOf = (name: unknown): string =>
  typeof name === 'string' ? name.slice(0, NAME_LENGTH) : 'unknown'

type Call = { socket: Socket; name: string; rest: readonly unknown[] }

function refuse(
  needs: RouterNeeds,
  call: Call,
  verdict: { retryAfterMs: number; isFlood: boolean },
): void {
  needs.metrics.rateLimited.inc({ class: 'socket events' })
  const { retryAfterMs } = verdict
  fail(needs, call, new AppError(rateLimited, undefined, { retryAfterMs }))
  if (verdict.isFlood) closeSocket(call.socket, 'RATE_LIMITED', needs.metrics)
}

async function answer(needs: RouterNeeds, route: Route | undefined, call: Call): Promise<void> {
  try {
    if (!route?.isForAnybody) assertAuthenticated(call.socket)
    if (!route) throw new AppError(notFound)
    const payload = route.payload.safeParse(payloadOf(call.rest))
    if (!payload.success) throw new AppError(validationError, problemsOf(payload.error))
    const result = await route.run(call.socket, payload.data)
    needs.metrics.events.inc({ event: route.name, result: 'ok' })
    acknowledgeOf(call.rest)?.({ ok: true, ...result })
  } catch (err) {
    fail(needs, call, toFailure(err), route)
  }
}

function fail(needs: RouterNeeds, call: Call, err: AppError, route?: Route): void {
  if (isUnexpected(err)) needs.log.error('An event failed', { event: call.name, err: err.cause })
  const part = errorPart(err)
  needs.metrics.events.inc({ event: route?.name ?? 'unknown', result: part.code })
  const acknowledge = acknowledgeOf(call.rest)
  if (acknowledge) {
    acknowledge({ ok: false, ...part })
    return
  }
  const clientMessageId = idOf(call.rest[0])
  call.socket.emit('error', {
    ...part,
    event: call.name,
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
  })
}

const toFailure = (err: unknown): AppError =>
  err instanceof QueueFullError
    ? new AppError<ErrorType>(serviceUnavailable, undefined, { cause: err })
    : toAppError(err)

const isUnexpected = (err: AppError): boolean => err.type.status === 500 && err.cause !== undefined

const isAcknowledge = (value: unknown): value is Acknowledge => typeof value === 'function'

/** Socket.IO puts the acknowledgement last; a client cannot send a function of its own. */
function acknowledgeOf(rest: readonly unknown[]): Acknowledge | undefined {
  const last = rest[rest.length - 1]
  return isAcknowledge(last) ? last : undefined
}

const payloadOf = ([first]: readonly unknown[]): unknown =>
  typeof first === 'function' ? undefined : first

function idOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('clientMessageId' in payload)) {
    return undefined
  }
  const { clientMessageId } = payload
  return typeof clientMessageId === 'string' ? clientMessageId.slice(0, NAME_LENGTH) : undefined
}

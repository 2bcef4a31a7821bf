import type { Endpoint, Output } from '@sup/types'
import { serviceUnavailable } from '@sup/types'
import type { Request, Response, Router } from 'express'
import { type Answer, isAnswer } from './answer.js'
import { AppError } from './app-error.js'
import { assertAnswer, assertDeclared } from './check-answer.js'
import { contextOf, requestIdOf } from './contexts.js'
import { sendJson } from './envelope.js'
import {
  type Kept,
  hashRequest,
  idempotencyKeyOf,
  keepsAnswers,
  runOnce,
  storedError,
} from './idempotency.js'
import { limitRate } from './limit-rate.js'
import { callerFrom } from './make-caller.js'
import { parseInput } from './parse-input.js'
import { isForm, parseForm, parseJson, readBody } from './read-body.js'
import type { AppContext, Handler, StoredAnswer } from './types.js'

/** An endpoint as `createApp` mounts it. */
export type Served = { spec: Endpoint; handle: (req: Request, res: Response) => Promise<void> }

const servedBy = new WeakMap<object, Served[]>()

/** The endpoints that were served on a router, in the order of their `serve` calls. */
export const servedOn = (router: object): readonly Served[] => servedBy.get(router) ?? []

/**
 * Adds one endpoint of the contract to a router for `createApp`, which mounts it: checks in the order of the wire contract (2.2), runs the use case
 * and answers in the envelope.
 *
 * A use case may throw what its endpoint lists and what every endpoint may answer; anything else is a
 * bug, logged and answered as a 500. Outside production its answer is held against the contract too.
 *
 * @param router  A router that is handed to `createApp`.
 * @param handler Gets who calls and the parsed input; returns the data, or `answer(data, …)`.
 */
export function serve<const E extends Endpoint>(
  router: Router,
  spec: E,
  handler: Handler<E>,
): void {
  const handle: Served['handle'] = (req, res) => handleRequest(spec, handler, req, res)
  servedBy.set(router, [...servedOn(router), { spec, handle }])
}

async function handleRequest<E extends Endpoint>(
  spec: E,
  handler: Handler<E>,
  req: Request,
  res: Response,
): Promise<void> {
  const app = contextOf(req)
  const bytes = await readBody(req, spec)
  const identity = await app.authenticate(req.headers, spec.auth ?? 'user')
  const caller = callerFrom(spec, identity, req)
  await limitRate(app, spec, { identity, ip: caller.ip }, res)
  const input = parseInput(spec, {
    params: req.params,
    search: searchOf(req.originalUrl),
    body: spec.method === 'get' ? {} : parseBody(req, bytes),
  })
  const key = idempotencyKeyOf(req.headers['idempotency-key'])
  const run = (): Promise<StoredAnswer> =>
    runUseCase(app, spec, res, () =>
      handler(caller.forHandler(key === undefined ? {} : { idempotencyKey: key }), input),
    )
  if (key !== undefined && identity.kind === 'user' && app.idempotency && keepsAnswers(spec)) {
    const { userId } = identity
    const request = { userId, method: req.method, path: pathOf(req.originalUrl), key }
    sendKept(
      res,
      await runOnce(app.idempotency, request, hashRequest(input), run),
      requestIdOf(req),
    )
  } else sendKept(res, { replayed: false, answer: await run() }, requestIdOf(req))
}

/** A form reaches only an endpoint that takes forms: `readBody` has refused it elsewhere. */
function parseBody(req: Request, bytes: Buffer | undefined): unknown {
  const type = req.headers['content-type'] ?? ''
  return bytes !== undefined && isForm(type) ? parseForm(bytes, type) : parseJson(bytes)
}

async function runUseCase<E extends Endpoint>(
  app: AppContext,
  spec: E,
  res: Response,
  run: () => Promise<Output<E> | Answer<Output<E>>>,
): Promise<StoredAnswer> {
  try {
    const result = await within(app.requestTimeoutMs, run())
    const full: Omit<Answer<Output<E>>, symbol> = isAnswer(result) ? result : { data: result }
    for (const [name, value] of Object.entries(full.headers ?? {})) res.setHeader(name, value)
    const body =
      full.meta === undefined ? { data: full.data } : { data: full.data, meta: full.meta }
    const stored = { status: full.status ?? 200, body }
    if (app.checkAnswers) assertAnswer(spec, stored)
    return stored
  } catch (err) {
    assertDeclared(spec, err)
    throw err
  }
}

/** The work itself is not cut off: what it does in the end is found by the repetition. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new AppError(serviceUnavailable, undefined, { cause: new Error(`no answer in ${ms} ms`) }),
      )
    }, ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function sendKept(res: Response, { replayed, answer }: Kept, requestId: string): void {
  if (replayed) res.setHeader('Idempotent-Replayed', 'true')
  const error = storedError(answer)
  if (error) {
    sendJson(res, answer.status, { success: false, error: { ...error, requestId } })
    return
  }
  const { data, meta } = answer.body
  const fullMeta = replayed ? { ...asObject(meta), replayed: true } : meta
  sendJson(res, replayed ? notReplayedStatus(answer.status) : answer.status, {
    success: true,
    data,
    ...(fullMeta === undefined ? {} : { meta: fullMeta }),
  })
}

/** A replay created nothing. */
const notReplayedStatus = (status: number): number => (status < 300 ? 200 : status)

const asObject = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {}

const searchOf = (url: string): string => {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}

const pathOf = (url: string): string => {
  const [path = ''] = url.split('?')
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

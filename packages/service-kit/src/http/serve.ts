import type { Endpoint } from '@sup/types'
import { serviceUnavailable } from '@sup/types'
import type { Request, Response, Router } from 'express'
import { admitAdmin, audited } from './admit-admin.js'
import { type Answer, isAnswer, isRawAnswer } from './answer.js'
import { AppError } from './app-error.js'
import { ContractBrokenError, assertAnswer, assertDeclared } from './check-answer.js'
import { contextOf, requestIdOf } from './contexts.js'
import { sendJson } from './envelope.js'
import { assertForm, formOf } from './form.js'
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
import { sendRaw } from './send-raw.js'
import type {
  Answered,
  AppContext,
  Handler,
  HandlerInput,
  Identity,
  StoredAnswer,
} from './types.js'

/** What stands in a form besides its largest file: other files, fields, boundaries. */
const FORM_SLACK_BYTES = 1024 * 1024

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
  const bytes = await readPart(app, spec, req)
  const identity = await app.authenticate(req.headers, spec.auth ?? 'user')
  const caller = callerFrom(spec, identity, req)
  await limitRate(app, spec, { identity, ip: caller.ip }, res)
  const admin = await admitAdmin(app, spec, identity)
  await audited(app, { admin, spec, params: req.params }, async () => {
    const input = inputOf(app, spec, req, bytes)
    const key = spec.multipart ? undefined : idempotencyKeyOf(req.headers['idempotency-key'])
    const call = (): Promise<Answered<E>> => {
      const self = caller.forHandler(key === undefined ? {} : { idempotencyKey: key })
      const work = handler(self, input)
      // A body takes as long as it takes: silence ends it, and the limit of the server.
      return spec.multipart ? work : within(app.requestTimeoutMs, work)
    }
    if (spec.raw) {
      const answered = await declared(spec, call)
      if (!isRawAnswer(answered)) throw new ContractBrokenError(`${spec.path} is raw`)
      await sendRaw(req, res, { spec, answered })
      return
    }
    const run = (): Promise<StoredAnswer> => runUseCase(app, spec, res, call)
    const kept = await keep(app, spec, { req, identity, key, hash: () => hashRequest(input) }, run)
    sendKept(res, kept, requestIdOf(req))
  })
}

type Repeatable = {
  req: Request
  identity: Identity
  /** `Idempotency-Key`, if there is one. */
  key: string | undefined
  hash: () => string
}

/** The outcome of a request, or of the first one with its idempotency key. */
async function keep(
  app: AppContext,
  spec: Endpoint,
  { req, identity, key, hash }: Repeatable,
  run: () => Promise<StoredAnswer>,
): Promise<Kept> {
  if (key === undefined || identity.kind !== 'user' || !app.idempotency || !keepsAnswers(spec)) {
    return { replayed: false, answer: await run() }
  }
  const { userId } = identity
  const request = { userId, method: req.method, path: pathOf(req.originalUrl), key }
  return runOnce(app.idempotency, request, hash(), run)
}

/** What has to be known of a body before anybody is asked who sends it: all of it, or of a form its headers. */
async function readPart(
  app: AppContext,
  spec: Endpoint,
  req: Request,
): Promise<Buffer | undefined> {
  if (!spec.multipart) return readBody(req, spec)
  assertForm(req, app.maxUploadBytes + FORM_SLACK_BYTES)
  return undefined
}

function inputOf<E extends Endpoint>(
  app: AppContext,
  spec: E,
  req: Request,
  bytes: Buffer | undefined,
): HandlerInput<E> {
  const body = spec.method === 'get' || spec.multipart ? {} : parseBody(req, bytes)
  const input = parseInput(spec, { params: req.params, search: searchOf(req.originalUrl), body })
  const form = spec.multipart
    ? { form: formOf(req, spec, app.maxUploadBytes + FORM_SLACK_BYTES) }
    : {}
  // The member `form` follows `spec.multipart`, as it does in the type.
  return { ...input, ...form } as HandlerInput<E>
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
  call: () => Promise<Answered<E>>,
): Promise<StoredAnswer> {
  return declared(spec, async () => {
    const result = await call()
    if (isRawAnswer(result)) throw new ContractBrokenError(`${spec.path} is not raw`)
    const full: Omit<Answer<unknown>, symbol> = isAnswer(result) ? result : { data: result }
    for (const [name, value] of Object.entries(full.headers ?? {})) res.setHeader(name, value)
    const { data, meta, beside } = full
    const body = { data, ...(meta === undefined ? {} : { meta }), ...beside }
    const stored = { status: full.status ?? 200, body }
    if (app.checkAnswers) assertAnswer(spec, stored)
    return stored
  })
}

/** @throws ContractBrokenError instead of a refusal that the endpoint does not list. */
async function declared<T>(spec: Endpoint, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
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
  const { data, meta, ...beside } = answer.body
  const fullMeta = replayed ? { ...asObject(meta), replayed: true } : meta
  sendJson(res, replayed ? notReplayedStatus(answer.status) : answer.status, {
    success: true,
    data,
    ...(fullMeta === undefined ? {} : { meta: fullMeta }),
    ...beside,
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

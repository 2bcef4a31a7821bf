import type { Endpoint, Output } from '@sup/types'
import type { z } from 'zod'
import { SupError } from '../base/sup-error.js'

type Parts<E extends Endpoint> = {
  params: z.input<E['params']>
  query: E['query'] extends z.ZodType ? z.input<E['query']> : unknown
  body: z.input<E['body']>
}
type RequiredKeys<T> = keyof {
  [K in keyof T as string extends K ? never : undefined extends T[K] ? never : K]: true
}
type IsOptional<T> = RequiredKeys<T> extends never ? true : false

/** What a call of this endpoint takes; a part may be left out when nothing in it is required. */
export type CallInput<E extends Endpoint> = {
  [K in keyof Parts<E> as IsOptional<Parts<E>[K]> extends true ? never : K]: Parts<E>[K]
} & {
  [K in keyof Parts<E> as IsOptional<Parts<E>[K]> extends true ? K : never]?: Parts<E>[K]
}

type Meta<E extends Endpoint> = E['meta'] extends z.ZodType ? z.output<E['meta']> : undefined

/** A good answer: `data` and `meta` of the envelope and the HTTP status. */
export type Answer<E extends Endpoint> = { data: Output<E>; meta: Meta<E>; status: number }

export type RequestNeeds = { fetch: typeof fetch; server: string }

export type RequestOptions = {
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** The whole answer must be there after this many milliseconds. */
  timeoutMs?: number
  /** The files of an endpoint whose body is a form. */
  files?: Readonly<Record<string, { bytes: Blob; name?: string | undefined }>> | undefined
}

const TIMEOUT_MS = 15_000

/**
 * One HTTP request and its answer, without tokens and without another attempt.
 * @throws SupError; the reason of the signal when it is aborted.
 */
export async function sendRequest<E extends Endpoint>(
  { fetch, server }: RequestNeeds,
  endpoint: E,
  input: CallInput<E>,
  options: RequestOptions = {},
): Promise<Answer<E>> {
  const { signal, timeoutMs = TIMEOUT_MS } = options
  const parts: InputParts = input
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(urlOf(server, endpoint, parts), {
      ...bodyOf(endpoint, parts, options),
      method: endpoint.method.toUpperCase(),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    return readAnswer<E>(response, await response.text())
  } catch (err) {
    if (err instanceof SupError || signal?.aborted) throw err
    const message = limit.aborted ? 'The server did not answer in time' : `Cannot reach ${server}`
    throw new SupError({ code: 'NETWORK_ERROR', message, retryable: true, cause: err })
  }
}

type InputParts = { params?: unknown; query?: unknown; body?: unknown }

function bodyOf(
  endpoint: Endpoint,
  { body }: InputParts,
  { headers = {}, files = {} }: RequestOptions,
): RequestInit {
  if (endpoint.method === 'get' || endpoint.method === 'delete') return { headers }
  if (endpoint.multipart) return { headers, body: formOf(body ?? {}, files) }
  return {
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  }
}

/** Fields first: a server that streams needs them before the bytes. */
function formOf(body: object, files: NonNullable<RequestOptions['files']>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined) form.set(name, asField(value))
  }
  for (const [name, { bytes, name: fileName }] of Object.entries(files)) {
    form.set(name, bytes, fileName)
  }
  return form
}

const asField = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** The address of an endpoint with its path and query filled in. */
export function urlOf(
  server: string,
  endpoint: Endpoint,
  parts: { params?: unknown; query?: unknown },
): string {
  const params = new Map(Object.entries(parts.params ?? {}))
  const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params.get(name))),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, String(value))
  }
  return `${server}${path}${query.size > 0 ? `?${query.toString()}` : ''}`
}

type ErrorMembers = {
  code?: unknown
  message?: unknown
  details?: unknown
  retryable?: unknown
  retryAfterMs?: unknown
  requestId?: unknown
}
type Envelope = { success?: unknown; data?: unknown; meta?: unknown; error?: ErrorMembers | null }

/** Why a request failed that has no good answer. */
export function failureOf(response: Response, text: string): SupError {
  const error = parseEnvelope(text)?.error
  return error ? refusal(response, error) : withoutEnvelope(response)
}

/** The border where bytes become contract values: the envelope is checked, `data` is the server's word. */
function readAnswer<E extends Endpoint>(response: Response, text: string): Answer<E> {
  const envelope = parseEnvelope(text)
  if (response.ok && envelope?.success === true) {
    return {
      data: envelope.data as Output<E>,
      meta: envelope.meta as Meta<E>,
      status: response.status,
    }
  }
  throw failureOf(response, text)
}

function parseEnvelope(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function refusal(response: Response, error: ErrorMembers): SupError {
  const { code, message, details, retryable, retryAfterMs, requestId } = error
  return new SupError({
    code: typeof code === 'string' ? code : 'BAD_RESPONSE',
    message: typeof message === 'string' ? message : `The server answered ${response.status}`,
    status: response.status,
    details,
    retryable: retryable === true,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : retryAfterOf(response),
    requestId: typeof requestId === 'string' ? requestId : requestIdOf(response),
  })
}

/** Answers of proxies: 502, 503 and 504 mean that the service is away (wire-contract 2.4). */
function withoutEnvelope(response: Response): SupError {
  const { status } = response
  const common = {
    status,
    retryAfterMs: retryAfterOf(response),
    requestId: requestIdOf(response),
  }
  if (status === 429) {
    return new SupError({
      ...common,
      code: 'RATE_LIMITED',
      message: 'Too many requests',
      retryable: true,
    })
  }
  if (status >= 502 && status <= 504) {
    const message = 'The server cannot do this right now'
    return new SupError({ ...common, code: 'SERVICE_UNAVAILABLE', message, retryable: true })
  }
  const message = `The answer (status ${status}) is not one of a SUP server: is the address right?`
  return new SupError({ ...common, code: 'BAD_RESPONSE', message })
}

const requestIdOf = (response: Response): string | undefined =>
  response.headers.get('x-request-id') ?? undefined

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

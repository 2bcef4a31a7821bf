import { type Endpoint, type ErrorType, ErrorBody } from '../../src/index.js'
import { errorsOf } from './endpoint-errors.js'
import type { EndpointExample, Golden } from './golden.js'
import type { Json, JsonObject, SchemaBook } from './schema-book.js'

const MEANING: Record<number, string> = {
  200: 'Done, or already done by an earlier request.',
  201: 'Made.',
  202: 'Accepted; the result comes later.',
  206: 'The part that was asked for.',
  302: 'The bytes are at `Location`.',
  304: 'Not changed since the answer with this `ETag`.',
}

const header = (name: string): JsonObject => ({ $ref: `#/components/headers/${name}` })

/** Headers of answers; internal endpoints know no rates and no replays. */
export function sharedHeaders(api: 'native' | 'internal'): JsonObject {
  const text = (description: string): JsonObject => ({ description, schema: { type: 'string' } })
  const every = {
    RequestId: text('The id of this request: the one it came with, or one that the server made.'),
    RetryAfter: {
      description: 'Seconds to wait before the next try.',
      schema: { type: 'integer', minimum: 0 },
    },
  }
  if (api === 'internal') return every
  return {
    ...every,
    RateLimit: text(
      'What is left, such as `"api";r=149;t=12` (12 seconds until it is full again).',
    ),
    RateLimitPolicy: text('The limit of the class, such as `"api";q=100;w=60`.'),
    IdempotentReplayed: {
      description: 'Present when this is the stored answer of an earlier request.',
      schema: { const: 'true' },
    },
  }
}

/** The good answers of an endpoint, by status, each with its examples. */
export function successesOf(
  book: SchemaBook,
  spec: Endpoint,
  examples: Golden<EndpointExample>,
): JsonObject {
  return Object.fromEntries(
    [...(spec.success ?? [200])].sort().map((status) => [
      String(status),
      {
        description: MEANING[status] ?? '',
        headers: headersOf(spec, status),
        ...contentOf(book, spec, examplesOf(spec, examples, status), status),
      },
    ]),
  )
}

function contentOf(
  book: SchemaBook,
  spec: Endpoint,
  examples: JsonObject,
  status: number,
): JsonObject {
  if (!spec.raw) {
    return { content: { 'application/json': { schema: printEnvelope(book, spec), examples } } }
  }
  return status < 300
    ? { content: { '*/*': { schema: { type: 'string', format: 'binary' } } } }
    : {}
}

function printEnvelope(book: SchemaBook, spec: Endpoint): JsonObject {
  const beside = Object.entries(spec.beside?.shape ?? {})
  return {
    type: 'object',
    properties: {
      success: { const: true },
      data: book.print(spec.response, 'output'),
      ...(spec.meta === undefined ? {} : { meta: book.print(spec.meta, 'output') }),
      ...Object.fromEntries(beside.map(([name, schema]) => [name, book.print(schema, 'output')])),
    },
    required: ['success', 'data', ...beside.map(([name]) => name)],
  }
}

function headersOf(spec: Endpoint, status: number): JsonObject {
  const isReplayable = spec.method === 'post' && spec.auth === undefined && status === 200
  return {
    'X-Request-Id': header('RequestId'),
    ...(spec.limit === 'none'
      ? {}
      : { RateLimit: header('RateLimit'), 'RateLimit-Policy': header('RateLimitPolicy') }),
    ...(isReplayable ? { 'Idempotent-Replayed': header('IdempotentReplayed') } : {}),
  }
}

function examplesOf(spec: Endpoint, examples: Golden<EndpointExample>, status: number): JsonObject {
  if (spec.raw) return {}
  return Object.fromEntries(
    Object.entries(examples).flatMap(([name, { response }]) => {
      if (response.status !== status) return []
      const { data, meta, beside } = response
      const value = { success: true, data, ...(meta === undefined ? {} : { meta }), ...beside }
      return [[name, { value: value as JsonObject }]]
    }),
  )
}

/** One schema per error: the envelope with the code, and what comes with it. */
export function printRefusals(book: SchemaBook, errors: readonly ErrorType[]): JsonObject {
  return Object.fromEntries(
    errors.map((error) => [nameOfRefusal(error), printRefusal(book, error)]),
  )
}

const nameOfRefusal = ({ code }: ErrorType): string => `Refusal.${code}`

function printRefusal(book: SchemaBook, { code, details, message, retryable }: ErrorType): Json {
  const printed = book.print(details, 'output')
  const narrowed = {
    code: { const: code },
    retryable: { const: retryable },
    ...(Object.keys(printed).length === 0 ? {} : { details: printed }),
  }
  return {
    description: message,
    type: 'object',
    properties: {
      success: { const: false },
      error: { allOf: [book.print(ErrorBody, 'output'), { properties: narrowed }] },
    },
    required: ['success', 'error'],
  }
}

/** The names of the golden examples of each error. */
export type ErrorExampleNames = ReadonlyMap<ErrorType, readonly string[]>

/** The key of an example under `components.examples`. */
export function nameOfExample({ code }: ErrorType, example: string): string {
  return `${code}.${example}`
}

/** The refusals of an endpoint, by status, each with the codes that come with it. */
export function failuresOf(spec: Endpoint, examples: ErrorExampleNames): JsonObject {
  const errors = errorsOf(spec)
  const statuses = [...new Set(errors.map(({ status }) => status))]
  return Object.fromEntries(
    statuses.map((status) => {
      const here = errors.filter((error) => error.status === status)
      return [String(status), printFailure(status, here, examples)]
    }),
  )
}

function printFailure(
  status: number,
  errors: readonly ErrorType[],
  examples: ErrorExampleNames,
): JsonObject {
  const references = errors.map((error) => ({
    $ref: `#/components/schemas/${nameOfRefusal(error)}`,
  }))
  const [first = {}, ...others] = references
  const keys = errors.flatMap((error) =>
    (examples.get(error) ?? []).map((example) => nameOfExample(error, example)),
  )
  return {
    description: errors.map(({ code, message }) => `\`${code}\`: ${message}.`).join('\n'),
    headers: {
      'X-Request-Id': header('RequestId'),
      ...(status === 429 || status === 503 ? { 'Retry-After': header('RetryAfter') } : {}),
    },
    content: {
      'application/json': {
        schema: others.length === 0 ? first : { anyOf: references },
        examples: Object.fromEntries(
          keys.map((key) => [key, { $ref: `#/components/examples/${key}` }]),
        ),
      },
    },
  }
}

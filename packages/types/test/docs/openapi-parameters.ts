import type { Endpoint } from '../../src/index.js'
import { takesIdempotencyKey } from './endpoint-errors.js'
import type { Json, JsonObject, SchemaBook } from './schema-book.js'

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header',
  description: 'An id of the caller for this request; the answer and the logs carry it.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,128}$' },
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes a retry safe: for 24 hours the same key gives the first answer. For `POST /api/v1/messages` it is the `clientMessageId` and lasts for ever.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
}

const CALLER = {
  name: 'X-Internal-Caller',
  in: 'header',
  description: 'Which service asks.',
  schema: {
    enum: ['websocket-service', 'media-service', 'worker-service', 'chat-gateway', 'cli'],
  },
}

const DEADLINE = {
  name: 'X-Deadline',
  in: 'header',
  description: 'When the caller stops waiting, in milliseconds since 1970.',
  schema: { type: 'integer' },
}

const ON_BEHALF_DEVICE = {
  name: 'X-On-Behalf-Device',
  in: 'header',
  description: 'The device that the service acts for.',
  schema: { type: 'string', format: 'uuid' },
}

/** Headers that any request may carry. */
export function sharedParameters(api: 'native' | 'internal'): JsonObject {
  return api === 'native'
    ? { RequestId: REQUEST_ID, IdempotencyKey: IDEMPOTENCY_KEY }
    : {
        RequestId: REQUEST_ID,
        InternalCaller: CALLER,
        Deadline: DEADLINE,
        OnBehalfDevice: ON_BEHALF_DEVICE,
      }
}

/** Path and query of an endpoint, and the headers that mean something to it. */
export function parametersOf(book: SchemaBook, spec: Endpoint): Json[] {
  const shared =
    spec.auth === 'service'
      ? ['RequestId', 'InternalCaller', 'Deadline', 'OnBehalfDevice']
      : ['RequestId', ...(takesIdempotencyKey(spec) ? ['IdempotencyKey'] : [])]
  return [
    ...Object.entries(spec.params.shape).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema: book.print(schema, 'input'),
    })),
    ...queryOf(book, spec),
    ...shared.map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ]
}

function queryOf(book: SchemaBook, { query }: Endpoint): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(schema.safeParse(undefined).success ? {} : { required: true }),
    schema: book.print(schema, 'input'),
  }))
}

import { type Endpoint, ErrorBody, type FileField } from '../../src/index.js'
import type { Defined, Definitions } from './definitions.js'
import { errorsOf, takesBody } from './endpoint-errors.js'
import { parametersOf, sharedParameters } from './openapi-parameters.js'
import {
  type ErrorExampleNames,
  failuresOf,
  nameOfExample,
  printRefusals,
  sharedHeaders,
  successesOf,
} from './openapi-responses.js'
import { readGolden } from './golden.js'
import { type Json, type JsonObject, type SchemaBook, openSchemaBook } from './schema-book.js'

/** Which of the two documents: what clients see, or what services say to main-api. */
export type Api = 'native' | 'internal'

const PREFIX = { native: '/api/v1/', internal: '/internal/v1/' }

const ABOUT = {
  native: {
    title: 'SUP Messenger',
    description:
      'The native REST API. Every answer is an envelope with `success`; programs decide by `error.code`, people read `error.message`. Sockets are described in asyncapi.json, the codes in errors.md.',
  },
  internal: {
    title: 'SUP Messenger, internal API',
    description:
      'What the services of one installation say to main-api on its internal listener. Never reachable from outside. Every native endpoint is also served there, with `X-On-Behalf-Of` instead of a token.',
  },
}

const SECURITY = {
  native: {
    accessToken: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'The access token of a session, 15 minutes; `POST /api/v1/auth/refresh` gives the next.',
    },
  },
  internal: {
    serviceSecret: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Internal-Secret',
      description: 'SERVICE_SECRET of the installation.',
    },
  },
}

/** The OpenAPI 3.1 document of one of the two APIs; the same input gives the same bytes. */
export function printOpenApi(definitions: Definitions, api: Api): JsonObject {
  const book = openSchemaBook()
  const endpoints = definitions.endpoints.filter(({ spec }) => spec.path.startsWith(PREFIX[api]))
  const used = new Set(endpoints.flatMap(({ spec }) => errorsOf(spec)))
  const errors = definitions.errors.filter(({ spec }) => used.has(spec))
  const examples = new Map(
    errors.map(({ name, spec }) => [spec, Object.keys(readGolden('errors', name))]),
  )
  const paths: Record<string, JsonObject> = {}
  for (const defined of endpoints) {
    const path = defined.spec.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [defined.spec.method]: printOperation(book, defined, examples) }
  }
  if (api === 'native') Object.assign(paths, ownDocuments())
  return book.close({
    openapi: '3.1.1',
    info: {
      ...ABOUT[api],
      version: '1.0.0',
      license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
    },
    servers: [
      api === 'native'
        ? { url: 'http://localhost:8080', description: 'The local stack (npm start)' }
        : { url: 'http://main-api:3010', description: 'The internal listener of main-api' },
    ],
    security: [api === 'native' ? { accessToken: [] } : { serviceSecret: [] }],
    paths: sortKeys(paths),
    components: {
      securitySchemes: SECURITY[api],
      parameters: sharedParameters(api),
      headers: sharedHeaders(api),
      examples: printErrorExamples(errors),
      schemas: printRefusals(
        book,
        errors.map(({ spec }) => spec),
      ),
    },
  })
}

function printOperation(
  book: SchemaBook,
  { name, file, spec }: Defined<Endpoint>,
  errorExamples: ErrorExampleNames,
): JsonObject {
  const examples = readGolden('endpoints', name)
  return {
    operationId: name,
    summary: spec.summary,
    tags: [file],
    ...(spec.auth === 'open' ? { security: [] } : {}),
    'x-rate-class': spec.limit ?? 'api',
    ...(spec.maxBodyBytes === undefined ? {} : { 'x-max-body-bytes': spec.maxBodyBytes }),
    parameters: parametersOf(book, spec),
    ...(takesBody(spec) ? { requestBody: printBody(book, spec, examples) } : {}),
    responses: { ...successesOf(book, spec, examples), ...failuresOf(spec, errorExamples) },
  }
}

function printBody(
  book: SchemaBook,
  spec: Endpoint,
  examples: ReturnType<typeof readGolden<'endpoints'>>,
): JsonObject {
  const values = Object.entries(examples).flatMap(([name, { request }]) =>
    request.body === undefined ? [] : [[name, { value: request.body as Json }] as const],
  )
  const schema = book.print(spec.body, 'input')
  const forms = spec.form ? ['application/x-www-form-urlencoded', 'multipart/form-data'] : []
  const json = { schema, examples: Object.fromEntries(values) }
  return {
    // A body of optional members alone may be left out altogether.
    required: spec.multipart !== undefined || !spec.body.safeParse({}).success,
    content:
      spec.multipart === undefined
        ? {
            'application/json': json,
            ...Object.fromEntries(forms.map((type) => [type, { schema }])),
          }
        : { 'multipart/form-data': { schema: withFiles(schema, spec.multipart.files) } },
  }
}

function withFiles(fields: JsonObject, files: readonly FileField[]): JsonObject {
  const { properties = {}, required = [] } = fields as { properties?: object; required?: Json[] }
  const file = { type: 'string', format: 'binary' }
  return {
    ...fields,
    properties: { ...properties, ...Object.fromEntries(files.map(({ name }) => [name, file])) },
    required: [...required, ...files.flatMap(({ name, isRequired }) => (isRequired ? [name] : []))],
  }
}

/** Examples of the envelope of each error; endpoints refer to those they can answer with. */
function printErrorExamples(errors: Definitions['errors']): JsonObject {
  return Object.fromEntries(
    errors.flatMap(({ name, spec }) =>
      Object.entries(readGolden('errors', name)).map(([which, { error }]) => [
        nameOfExample(spec, which),
        { value: { success: false, error: ErrorBody.parse(error) as Json } },
      ]),
    ),
  )
}

/** The two documents themselves, which come without an envelope. */
function ownDocuments(): Record<string, JsonObject> {
  const document = (operationId: string, description: string): JsonObject => ({
    get: {
      operationId,
      summary: description,
      tags: ['server'],
      security: [],
      'x-rate-class': 'api',
      responses: {
        '200': {
          description: 'The document, without an envelope.',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
      },
    },
  })
  return {
    '/api/v1/openapi.json': document('getOpenApi', 'This document'),
    '/api/v1/asyncapi.json': document('getAsyncApi', 'The document about sockets and channels'),
  }
}

function sortKeys(paths: Record<string, JsonObject>): JsonObject {
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)))
}

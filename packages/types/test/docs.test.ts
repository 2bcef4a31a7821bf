import { beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { printAsyncApi } from './docs/asyncapi.js'
import { type Definitions, collectDefinitions } from './docs/definitions.js'
import { errorsOf } from './docs/endpoint-errors.js'
import { printErrorsPage } from './docs/errors-page.js'
import { printOpenApi } from './docs/openapi.js'
import type { Json, JsonObject } from './docs/schema-book.js'

let definitions: Definitions
const documents = new Map<string, JsonObject>()

beforeAll(async () => {
  definitions = await collectDefinitions()
  documents.set('openapi.json', printOpenApi(definitions, 'native'))
  documents.set('internal.openapi.json', printOpenApi(definitions, 'internal'))
  documents.set('asyncapi.json', printAsyncApi(definitions))
})

describe.each(['openapi.json', 'internal.openapi.json', 'asyncapi.json'])('docs/api/%s', (name) => {
  it('is what the contract prints now', () => {
    const committed = readFileSync(new URL(`../../../docs/api/${name}`, import.meta.url), 'utf8')
    expect(JSON.parse(committed)).toEqual(documents.get(name))
  })

  it('refers only to what it holds, and holds only what it refers to', () => {
    const document = documents.get(name)!
    const references = new Set(collectReferences(document))
    for (const reference of references) {
      expect([reference, lookUp(document, reference)]).not.toContain(undefined)
    }
    const schemas = Object.keys((document['components'] as JsonObject)['schemas'] as JsonObject)
    for (const schema of schemas) expect(references).toContain(`#/components/schemas/${schema}`)
  })
})

describe('openapi.json', () => {
  it('has every endpoint once, with its statuses', () => {
    for (const { name, spec } of definitions.endpoints) {
      const operation = findOperation(name)
      const statuses = Object.keys(operation['responses'] as JsonObject)
      const good = (spec.success ?? [200]).map(String)
      const bad = errorsOf(spec).map(({ status }) => String(status))
      expect([name, statuses.sort()]).toEqual([name, [...new Set([...good, ...bad])].sort()])
      expect(operation['x-rate-class']).toBe(spec.limit ?? 'api')
    }
  })

  it('asks for a token unless the endpoint is open', () => {
    for (const { name, spec } of definitions.endpoints) {
      const security = findOperation(name)['security']
      expect([name, security]).toEqual([name, spec.auth === 'open' ? [] : undefined])
    }
  })

  it('declares each parameter of a path as required', () => {
    const operation = findOperation('updateMember')
    expect(operation['parameters']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'id', in: 'path', required: true }),
        expect.objectContaining({ name: 'userId', in: 'path', required: true }),
      ]),
    )
  })

  it('lets answers gain members, and refuses typos between services', () => {
    expect(
      lookUp(documents.get('openapi.json')!, '#/components/schemas/Message'),
    ).not.toHaveProperty('additionalProperties')
    expect(
      lookUp(documents.get('internal.openapi.json')!, '#/components/schemas/BatchItem'),
    ).toHaveProperty('additionalProperties', false)
  })
})

describe('asyncapi.json', () => {
  it('has every event and job', () => {
    const { messages } = documents.get('asyncapi.json')!['components'] as { messages: JsonObject }
    const { events, clientEvents, jobs } = definitions
    const names = [...events, ...clientEvents, ...jobs].map(({ name }) => name)
    expect(Object.keys(messages).sort()).toEqual(names.sort())
  })

  it('says how each client event is acknowledged', () => {
    const { messages } = documents.get('asyncapi.json')!['components'] as { messages: JsonObject }
    for (const { name } of definitions.clientEvents) {
      expect(messages[name]).toHaveProperty('x-ack.schema.anyOf')
    }
  })
})

describe('errors.md', () => {
  it('has a line for each code', () => {
    const page = printErrorsPage(definitions)
    for (const { spec } of definitions.errors) expect(page).toContain(`| \`${spec.code}\` | `)
  })

  it('cannot be printed while nobody says what to do about a code', () => {
    const [first] = definitions.errors
    const unknown = { ...first!, spec: { ...first!.spec, code: 'TEAPOT' } }
    const errors = [...definitions.errors, unknown]
    expect(() => printErrorsPage({ ...definitions, errors })).toThrow(/TEAPOT/)
  })
})

function findOperation(name: string): JsonObject {
  const found = [...documents.values()].flatMap(({ paths = {} }) =>
    Object.values(paths as Record<string, Record<string, JsonObject>>)
      .flatMap((path) => Object.values(path))
      .filter(({ operationId }) => operationId === name),
  )
  expect([name, found.length]).toEqual([name, 1])
  return found[0]!
}

function collectReferences(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(collectReferences)
  const { $ref } = value
  const own = typeof $ref === 'string' ? [$ref] : []
  return [...own, ...Object.values(value).flatMap(collectReferences)]
}

function lookUp(document: JsonObject, reference: string): Json | undefined {
  const steps = reference.slice(2).split('/')
  return steps.reduce<Json | undefined>((place, step) => {
    if (typeof place !== 'object' || place === null || Array.isArray(place)) return undefined
    return place[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }, document)
}

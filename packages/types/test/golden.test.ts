import { describe, expect, it } from '@jest/globals'
import { ErrorBody } from '../src/index.js'
import { type Defined, collectDefinitions } from './docs/definitions.js'
import { type EndpointExample, type GoldenKind, listGolden, readGolden } from './docs/golden.js'
import type { z } from 'zod'

const { endpoints, events, clientEvents, jobs, errors } = await collectDefinitions()

const kinds: [GoldenKind, readonly Defined<unknown>[]][] = [
  ['endpoints', endpoints],
  ['events', events],
  ['client-events', clientEvents],
  ['jobs', jobs],
  ['errors', errors],
]

describe.each(kinds)('golden/%s', (kind, definitions) => {
  it('holds exactly one file for each definition', () => {
    expect(definitions.length).toBeGreaterThan(0)
    expect(listGolden(kind)).toEqual(definitions.map(({ name }) => name).sort())
  })
})

describe.each(endpoints.map((one) => [one.name, one.spec] as const))(
  'endpoint %s',
  (name, spec) => {
    const examples = Object.entries(readGolden('endpoints', name))

    it('names the parameters that its path has', () => {
      const inPath = [...spec.path.matchAll(/:(\w+)/g)].map((match) => match[1])
      expect(Object.keys(spec.params.shape).sort()).toEqual(inPath.sort())
    })

    it.each(examples)('takes the request of example "%s"', (_, example) => {
      expectOnly(example, ['request', 'response'])
      expectOnly(example.request, ['params', 'query', 'body'])
      const { params = {}, query, body = {} } = example.request
      expectKept(spec.params, params)
      expectKept(spec.body, body)
      if (spec.query !== undefined) expectNamesKept(spec.query, query ?? {})
      else expect(query).toBeUndefined()
    })

    it.each(examples)('gives the answer of example "%s"', (_, example) => {
      const { status, data, meta, beside } = responseOf(example)
      expect(spec.success ?? [200]).toContain(status)
      expectUnchanged(spec.response, data)
      if (spec.meta !== undefined) expectUnchanged(spec.meta, meta ?? {})
      else expect(meta).toBeUndefined()
      if (spec.beside !== undefined) expectUnchanged(spec.beside, beside)
      else expect(beside).toBeUndefined()
    })

    it('shows every status of a good answer', () => {
      const shown = examples.map(([, example]) => example.response.status)
      expect([...new Set(shown)].sort()).toEqual([...(spec.success ?? [200])].sort())
    })
  },
)

describe.each(events.map((one) => [one.name, one.spec] as const))('event %s', (name, spec) => {
  it.each(Object.entries(readGolden('events', name)))('is example "%s"', (_, example) => {
    expectOnly(example, ['payload'])
    expectUnchanged(spec.payload, example.payload)
  })
})

describe.each(clientEvents.map((one) => [one.name, one.spec] as const))(
  'client event %s',
  (name, spec) => {
    it.each(Object.entries(readGolden('client-events', name)))('is example "%s"', (_, example) => {
      expectOnly(example, ['payload', 'ack'])
      expectKept(spec.payload, example.payload)
      expectUnchanged(spec.ack, example.ack)
    })
  },
)

describe.each(jobs.map((one) => [one.name, one.spec] as const))('job %s', (name, spec) => {
  it.each(Object.entries(readGolden('jobs', name)))('is example "%s"', (_, example) => {
    expectOnly(example, ['payload'])
    expectUnchanged(spec.payload, example.payload)
  })
})

describe.each(errors.map((one) => [one.name, one.spec] as const))('error %s', (name, spec) => {
  it.each(Object.entries(readGolden('errors', name)))('answers example "%s"', (_, example) => {
    expectOnly(example, ['status', 'error'])
    expectUnchanged(ErrorBody, example.error)
    const { code, message, retryable, status } = spec
    expect(example).toMatchObject({ status, error: { code, message, retryable } })
    expect(spec.details.safeParse(example.error['details']).error).toBeUndefined()
  })
})

function responseOf(example: EndpointExample): EndpointExample['response'] {
  expectOnly(example.response, ['status', 'data', 'meta', 'beside'])
  return example.response
}

/** What the server sends: every member is declared, and parsing gives back what went in. */
function expectUnchanged(schema: z.ZodType, example: unknown): void {
  expect(overTheWire(schema.parse(example))).toEqual(example)
}

/** What the server takes: nothing of the example is ignored; defaults may be added. */
function expectKept(schema: z.ZodType, example: unknown): void {
  const parsed = overTheWire(schema.parse(example))
  expect(parsed).toMatchObject(example as object)
  expect(overTheWire(schema.parse(parsed))).toEqual(parsed)
}

/** A query is text and becomes numbers, lists and flags: only its names can be compared. */
function expectNamesKept(schema: z.ZodObject, example: Record<string, string>): void {
  const parsed = schema.parse(example)
  expect(Object.keys(parsed)).toEqual(expect.arrayContaining(Object.keys(example)))
}

function expectOnly(example: object, members: readonly string[]): void {
  expect(members).toEqual(expect.arrayContaining(Object.keys(example)))
}

function overTheWire(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

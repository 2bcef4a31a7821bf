import * as contract from '@sup/types'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT } from '../../scripts/stack/state.js'
import type { Json } from './mutations.js'

/** A good request as the contract's golden examples have it: the place to start from. */
export type Request = { params: Json; query: Json; body: Json }
export type EndpointExample = { name: string; spec: contract.Endpoint; request: Request }

const GOLDEN = join(CHECKOUT, 'packages/types/test/golden')

/** Every endpoint that clients reach, with the example that has most members. */
export function publicEndpoints(): EndpointExample[] {
  const values: Record<string, unknown> = { ...contract }
  return listNames('endpoints').flatMap((name) => {
    const spec = values[name]
    if (!isEndpoint(spec) || !spec.path.startsWith('/api/v1/')) return []
    return [{ name, spec, request: largestRequest(name) }]
  })
}

/** Every event that clients send, with an example payload. */
export function clientEventExamples(): { spec: contract.ClientEventType; payload: Json }[] {
  return contract.clientEvents.map((spec) => {
    const examples = readExamples(join('client-events', fileOfEvent(spec.name)))
    const payloads = examples.map((example) => objectAt(example, 'payload'))
    return { spec, payload: largest(payloads) }
  })
}

function fileOfEvent(event: string): string {
  const [exported] =
    Object.entries(contract).find(
      ([, value]) =>
        typeof value === 'object' && 'ack' in value && 'name' in value && value.name === event,
    ) ?? []
  return `${exported ?? event}.json`
}

function largestRequest(name: string): Request {
  const requests = readExamples(join('endpoints', `${name}.json`)).map((example) => {
    const request = objectAt(example, 'request')
    return {
      params: objectAt(request, 'params'),
      query: objectAt(request, 'query'),
      body: objectAt(request, 'body'),
    }
  })
  return requests.reduce((best, one) => (sizeOf(one) > sizeOf(best) ? one : best), {
    params: {},
    query: {},
    body: {},
  })
}

const sizeOf = ({ params, query, body }: Request): number =>
  [params, query, body].reduce((sum, part) => sum + Object.keys(part).length, 0)

const largest = (objects: readonly Json[]): Json =>
  objects.reduce<Json>(
    (best, one) => (Object.keys(one).length > Object.keys(best).length ? one : best),
    {},
  )

function listNames(folder: string): string[] {
  return readdirSync(join(GOLDEN, folder))
    .map((file) => file.replace(/\.json$/, ''))
    .sort()
}

function readExamples(file: string): Json[] {
  const examples: unknown = JSON.parse(readFileSync(join(GOLDEN, file), 'utf8'))
  return Object.values(examples as Record<string, Json>)
}

function objectAt(value: Json, name: string): Json {
  const member = value[name]
  return typeof member === 'object' && member !== null ? (member as Json) : {}
}

const isEndpoint = (value: unknown): value is contract.Endpoint =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value

import { readFileSync, readdirSync } from 'node:fs'

/** The folders of golden examples, one per kind of definition. */
export type GoldenKind = 'endpoints' | 'events' | 'client-events' | 'jobs' | 'errors'

/** Examples of one definition by name; the first is the one to read. */
export type Golden<E> = Record<string, E>

export type EndpointExample = {
  request: { params?: object; query?: Record<string, string>; body?: object }
  response: { status: number; data?: unknown; meta?: object; beside?: object }
}
export type EventExample = { payload: unknown }
export type ClientEventExample = { payload: unknown; ack: object }
export type ErrorExample = { status: number; error: Record<string, unknown> }

type ExampleOf = {
  endpoints: EndpointExample
  events: EventExample
  'client-events': ClientEventExample
  jobs: EventExample
  errors: ErrorExample
}

const FOLDER = new URL('../golden/', import.meta.url)

/** The names of the definitions of a kind that have examples. */
export function listGolden(kind: GoldenKind): string[] {
  return readdirSync(new URL(`${kind}/`, FOLDER))
    .map((file) => file.replace(/\.json$/, ''))
    .sort()
}

/** The examples of one definition. */
export function readGolden<K extends GoldenKind>(kind: K, name: string): Golden<ExampleOf[K]> {
  const file = new URL(`${kind}/${name}.json`, FOLDER)
  return JSON.parse(readFileSync(file, 'utf8')) as Golden<ExampleOf[K]>
}

import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import type { ClientEventType, Endpoint, ErrorType, EventType, JobType } from '../../src/index.js'

/** A value of the contract with the name it is exported by and the file (and so the feature) it is in. */
export type Defined<T> = { name: string; file: string; spec: T }

/** Everything the contract defines, in the order of files and of their lines. */
export type Definitions = {
  endpoints: Defined<Endpoint>[]
  events: Defined<EventType>[]
  clientEvents: Defined<ClientEventType>[]
  jobs: Defined<JobType>[]
  errors: Defined<ErrorType>[]
}

const SOURCE = new URL('../../src/', import.meta.url)

/** Loads every file of the contract and sorts what it exports by kind; a value exported twice counts once. */
export async function collectDefinitions(): Promise<Definitions> {
  const found: Definitions = { endpoints: [], events: [], clientEvents: [], jobs: [], errors: [] }
  const seen = new Set<unknown>()
  for (const path of listFiles()) {
    const module = (await import(new URL(path, SOURCE).href)) as Record<string, unknown>
    for (const [name, spec] of Object.entries(module)) {
      if (!isObject(spec) || seen.has(spec)) continue
      seen.add(spec)
      sortIn(found, { name, file: basename(path, '.ts'), spec })
    }
  }
  return found
}

function listFiles(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'index.ts')
    .sort()
}

// The kinds are told apart by the members that the functions of contract.ts give them.
function sortIn(found: Definitions, { name, file, spec }: Defined<object>): void {
  if ('method' in spec) found.endpoints.push({ name, file, spec: spec as Endpoint })
  else if ('ack' in spec) found.clientEvents.push({ name, file, spec: spec as ClientEventType })
  else if ('attempts' in spec) found.jobs.push({ name, file, spec: spec as JobType })
  else if ('payload' in spec) found.events.push({ name, file, spec: spec as EventType })
  else if ('code' in spec && 'status' in spec)
    found.errors.push({ name, file, spec: spec as ErrorType })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

import { describe, expect, it } from '@jest/globals'
import * as contract from '@sup/types'
import { collectDefinitions } from '../../packages/types/test/docs/definitions.js'
import { readProduction } from './tree.js'

const definitions = await collectDefinitions()
const services = readProduction('services')
const everywhere = [...services, ...readProduction('packages/service-kit', 'packages/sdk')]

/** Defined ahead of the code that will use them; a line goes when its code comes. */
const AHEAD = new Map([['deviceMessage', 'device messages come with end-to-end encryption']])

/** Every name of the contract that files import, one by one or through `import * as contract`. */
function importedBy(files: typeof services): Set<string> {
  return new Set(files.flatMap(({ text }) => [...importedNames(text), ...namespaceNames(text)]))
}

function importedNames(text: string): string[] {
  return [...text.matchAll(/import (?:type )?\{([^}]*)\} from '@sup\/types'/g)].flatMap((match) =>
    (match[1] ?? '').split(',').map((name) => name.replace('type ', '').trim()),
  )
}

function namespaceNames(text: string): string[] {
  const namespace = /import \* as (\w+) from '@sup\/types'/.exec(text)?.[1]
  if (namespace === undefined) return []
  const uses = text.matchAll(new RegExp(`\\b${namespace}\\.(\\w+)`, 'g'))
  return [...uses].map((match) => match[1] ?? '')
}

const inServices = importedBy(services)
// The other services only call endpoints.
const inServers = importedBy(readProduction('services/main-api', 'services/media-service'))
const anywhere = importedBy(everywhere)

/** The names under which the contract exports a value, such as the schema of an event's payload. */
const namesOf = (value: unknown): string[] =>
  Object.entries(contract).flatMap(([name, exported]) => (exported === value ? [name] : []))

describe('the contract is all used', () => {
  it('every endpoint is mounted by a service', () => {
    const unused = definitions.endpoints.filter(({ name }) => !inServers.has(name))
    expect(unused.map(({ name, spec }) => `${name} ${spec.path}`)).toEqual([])
  })

  it('every client event is handled by a service', () => {
    const unused = definitions.clientEvents.filter(({ name }) => !inServices.has(name))
    expect(unused.map(({ name }) => name)).toEqual([])
  })

  it('every event is emitted or consumed by a service', () => {
    const unused = definitions.events.filter(({ name, spec }) => {
      const names = [name, ...namesOf(spec.payload), ...namesOf(spec.name)]
      const literal = `'${spec.name}'`
      return (
        !names.some((one) => inServices.has(one)) &&
        !services.some(({ text }) => text.includes(literal))
      )
    })
    expect(unused.map(({ name }) => name)).toEqual([...AHEAD.keys()])
  })

  it('every job is done by a service', () => {
    const unused = definitions.jobs.filter(({ name }) => !inServices.has(name))
    expect(unused.map(({ name }) => name)).toEqual([])
  })

  it('every error is answered somewhere', () => {
    const unused = definitions.errors.filter(
      // SQL functions answer with the code itself.
      ({ name, spec }) =>
        !anywhere.has(name) && !everywhere.some(({ text }) => text.includes(`'${spec.code}'`)),
    )
    expect(unused.map(({ name }) => name)).toEqual([])
  })
})

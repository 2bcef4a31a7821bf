import { z } from 'zod'
import * as contract from '../../src/index.js'

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }
export type JsonObject = { [member: string]: Json }

/** `input`: what the server accepts, before defaults and transforms; `output`: what it sends. */
export type Direction = 'input' | 'output'

/**
 * Prints schemas as JSON Schema 2020-12. What the contract exports by name becomes one entry under
 * `components.schemas`; an entity that is read and written in different forms becomes two, the accepted
 * one with `Input` at its end.
 */
export type SchemaBook = {
  print: (schema: z.ZodType, direction: Direction) => JsonObject
  /** The finished document: references lead to `components.schemas`, which is added to `components`. */
  close: (document: JsonObject) => JsonObject
}

const DRAFT = '#/$defs/'
const FINAL = '#/components/schemas/'

export function openSchemaBook(): SchemaBook {
  nameExportedSchemas()
  const entries: Record<Direction, Map<string, JsonObject>> = {
    input: new Map(),
    output: new Map(),
  }

  const print = (schema: z.ZodType, direction: Direction): JsonObject => {
    const { $defs = {}, ...body } = toJson(schema, direction)
    for (const [name, entry] of Object.entries($defs as Record<string, JsonObject>)) {
      entries[direction].set(name, markReferences(entry, direction))
    }
    return markReferences(body, direction)
  }

  const close = (document: JsonObject): JsonObject => {
    const twofold = findTwofold(entries.input, entries.output)
    const nameOf = (name: string, direction: Direction): string =>
      direction === 'input' && twofold.has(name) ? `${name}Input` : name
    const schemas = new Map<string, JsonObject>()
    for (const direction of ['input', 'output'] as const) {
      for (const [name, entry] of entries[direction]) schemas.set(nameOf(name, direction), entry)
    }
    const sorted = Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
    const components = document['components'] as JsonObject
    components['schemas'] = { ...sorted, ...(components['schemas'] as JsonObject) }
    return resolveReferences(document, nameOf)
  }

  return { print, close }
}

/** Lets zod refer to exported schemas by their names instead of printing them again and again. */
function nameExportedSchemas(): void {
  for (const [name, value] of Object.entries(contract)) {
    if (!(value instanceof z.ZodType) || !/^[A-Z]/.test(name)) continue
    z.globalRegistry.add(value, { ...z.globalRegistry.get(value), id: name })
  }
}

function toJson(schema: z.ZodType, io: Direction): JsonObject {
  const printed = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      // Within /api/v1 answers may gain members, so a client must not refuse them.
      const isStrict = zodSchema instanceof z.ZodObject && zodSchema.def.catchall !== undefined
      if (zodSchema instanceof z.ZodObject && !isStrict) delete jsonSchema.additionalProperties
    },
  })
  delete printed.$schema
  return JSON.parse(JSON.stringify(printed)) as JsonObject
}

/** Names whose accepted form is not the sent one, directly or through what they refer to. */
function findTwofold(
  input: ReadonlyMap<string, JsonObject>,
  output: ReadonlyMap<string, JsonObject>,
): Set<string> {
  const bare = (entry: JsonObject | undefined): string =>
    JSON.stringify(entry).replaceAll(/\$defs\/(input|output):/g, '')
  const shared = [...input.keys()].filter((name) => output.has(name))
  const twofold = new Set(shared.filter((name) => bare(input.get(name)) !== bare(output.get(name))))
  for (let size = -1; size !== twofold.size;) {
    size = twofold.size
    for (const name of shared) {
      const text = bare(input.get(name))
      if ([...twofold].some((other) => text.includes(`"${DRAFT}${other}"`))) twofold.add(name)
    }
  }
  return twofold
}

function markReferences(value: JsonObject, direction: Direction): JsonObject {
  return mapReferences(value, (target) =>
    target.startsWith(DRAFT) ? `${DRAFT}${direction}:${target.slice(DRAFT.length)}` : target,
  )
}

function resolveReferences(
  document: JsonObject,
  nameOf: (name: string, direction: Direction) => string,
): JsonObject {
  return mapReferences(document, (target) => {
    const match = /^#\/\$defs\/(input|output):(.+)$/.exec(target)
    if (match === null) return target
    return FINAL + nameOf(match[2] ?? '', match[1] === 'input' ? 'input' : 'output')
  })
}

function mapReferences(value: JsonObject, change: (target: string) => string): JsonObject {
  const visit = (part: Json): Json => {
    if (Array.isArray(part)) return part.map(visit)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(
      Object.entries(part).map(([name, member]) => [
        name,
        name === '$ref' && typeof member === 'string' ? change(member) : visit(member),
      ]),
    )
  }
  return visit(value) as JsonObject
}

import { describe, expect, it } from '@jest/globals'
import { readProduction, readText } from './tree.js'

// migrations/README.md names each table's writer, and the agreed exceptions.
const README = readText('migrations/README.md')
const writers = readTable(README, /^## Who writes/m, /^Exceptions/m)
const exceptions = readTable(README, /^Exceptions/m, /$(?![\s\S])/)

describe('migrations/README.md', () => {
  it('names the writer of every table of the schema, and of no other', () => {
    const schema = readText('migrations/schema.sql')
    const tables = [...schema.matchAll(/^CREATE TABLE public\.(\w+)/gm)].map((match) => match[1])
    const named = [...writers.keys(), 'schema_migrations']
    expect(named.sort()).toEqual(tables.sort())
  })

  it('makes exceptions only for tables and services that exist', () => {
    expect(exceptions.size).toBeGreaterThan(0)
    for (const table of exceptions.keys()) expect([...writers.keys()]).toContain(table)
  })
})

describe('a table', () => {
  const files = readProduction('services').map(({ path, text }) => ({
    path,
    service: path.split('/')[1] ?? '',
    tables: findTables(text),
  }))

  it('occurs only in the stores of the service that writes it', () => {
    const strangers = files.flatMap(({ path, service, tables }) =>
      tables
        .filter((table) => ![writers, exceptions].some((list) => list.get(table)?.has(service)))
        .map((table) => `${path}: ${table} belongs to ${[...(writers.get(table) ?? [])].join()}`),
    )
    expect(strangers).toEqual([])
  })

  it('occurs in no other file than a store', () => {
    const elsewhere = files.filter(
      ({ path, tables }) => tables.length > 0 && !path.endsWith('-store.ts'),
    )
    expect(elsewhere.map(({ path, tables }) => `${path}: ${tables.join(', ')}`)).toEqual([])
  })

  it('is found in SQL at all', () => {
    const found = new Set(files.flatMap(({ tables }) => tables))
    expect([...found]).toEqual(expect.arrayContaining(['users', 'chats', 'messages', 'outbox']))
    expect(findTables('SELECT 1 FROM ONLY users u JOIN chats c')).toEqual(['users', 'chats'])
    expect(findTables('DELETE FROM messages')).toEqual(['messages'])
    expect(findTables('// messages from users go into chats')).toEqual([])
  })
})

/** The known tables that a text names where SQL names tables. */
function findTables(text: string): string[] {
  const places = /\b(?:FROM|JOIN|INTO|UPDATE|USING|TABLE)\s+(?:ONLY\s+)?(?:public\.)?([a-z_]+)/g
  const names = [...text.matchAll(places)].map((match) => match[1] ?? '')
  return [...new Set(names)].filter((name) => writers.has(name))
}

/** Rows `| table | service | … |` between two places of a Markdown text; a table may have several. */
function readTable(text: string, from: RegExp, to: RegExp): Map<string, Set<string>> {
  const part = text.slice(text.search(from), text.search(to))
  const services = new Map<string, Set<string>>()
  for (const [, table = '', service = ''] of part.matchAll(/^\| `(\w+)`\s*\| ([\w-]+)\s*\|/gm)) {
    services.set(table, new Set(services.get(table)).add(service))
  }
  return services
}

import type { StorageChange, StorageRecord } from './storage.js'

/** One change with its value as JSON text: `[namespace]`, `[namespace, key]`, `[namespace, key, json]`. */
export type TextChange = [string] | [string, string] | [string, string, string]

/** The contents of a store in memory. Values are kept as text, so that no caller can change them. */
export type Records = {
  get: (namespace: string, key: string) => unknown
  list: (namespace: string) => StorageRecord[]
  apply: (change: TextChange) => void
  /** Everything, as the changes that would make it again. */
  dump: () => Iterable<TextChange>
  /** About as many characters as `dump` would take. */
  size: () => number
}

export function toText(change: StorageChange): TextChange {
  if (!('key' in change)) return [change.namespace]
  if (!('value' in change)) return [change.namespace, change.key]
  return [change.namespace, change.key, JSON.stringify(change.value ?? null)]
}

export function createRecords(): Records {
  const namespaces = new Map<string, Map<string, string>>()
  function* dump(): Iterable<TextChange> {
    for (const [namespace, records] of namespaces) {
      for (const [key, text] of records) yield [namespace, key, text]
    }
  }
  return {
    get(namespace, key) {
      const text = namespaces.get(namespace)?.get(key)
      return text === undefined ? undefined : (JSON.parse(text) as unknown)
    },
    list(namespace) {
      const records = [...(namespaces.get(namespace) ?? [])]
      records.sort(([a], [b]) => (a < b ? -1 : 1))
      return records.map(([key, text]) => ({ key, value: JSON.parse(text) as unknown }))
    },
    apply([namespace, key, text]) {
      if (key === undefined) namespaces.delete(namespace)
      else if (text === undefined) namespaces.get(namespace)?.delete(key)
      else {
        const records = namespaces.get(namespace) ?? new Map<string, string>()
        namespaces.set(namespace, records.set(key, text))
      }
    },
    dump,
    size() {
      let size = 0
      for (const change of dump()) size += change.join().length
      return size
    },
  }
}

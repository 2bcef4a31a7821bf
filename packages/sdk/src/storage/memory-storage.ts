import { createRecords, toText } from './records.js'
import type { Storage } from './storage.js'

/** A storage that ends with the process: for tests, bots and one-time use. */
export function createMemoryStorage(): Storage {
  const records = createRecords()
  return {
    get: (namespace, key) => Promise.resolve(records.get(namespace, key)),
    list: (namespace) => Promise.resolve(records.list(namespace)),
    transaction(changes) {
      for (const change of changes.map(toText)) records.apply(change)
      return Promise.resolve()
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

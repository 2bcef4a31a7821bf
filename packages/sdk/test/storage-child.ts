import { openFileStorage } from '../src/node/file-storage.js'
import { put } from '../src/storage/storage.js'

/**
 * Writes pairs of records with one transaction each, for ever or `count` times, and says after each
 * on stdout which one is acknowledged.
 */
const [folder = '', namespace = '', count = 'Infinity'] = process.argv.slice(2)
const storage = await openFileStorage(folder)
for (let i = 0; i < Number(count); i++) {
  const filler = 'x'.repeat(i % 700)
  await storage.transaction([
    put(namespace, `${String(i)}.left`, { i, filler }),
    put(namespace, `${String(i)}.right`, { i, filler }),
  ])
  process.stdout.write(`${String(i)}\n`)
}
await storage.close()

import { randomBytes } from 'node:crypto'
import { type Database, type DatabaseOptions, createDatabase } from '../src/postgres/index.js'
import { createMetrics } from '../src/metrics/index.js'
import { capturedLog } from './captured-log.js'
import { testServer } from './servers.js'

/** Opens a database with the options that do not matter to a test filled in. */
export function openDatabase(options: Partial<DatabaseOptions> = {}) {
  const { log, lines } = capturedLog()
  const metrics = createMetrics({ service: 'test' })
  const db = createDatabase({
    url: testServer('DATABASE_URL'),
    poolMin: 0,
    poolMax: 4,
    applicationName: 'service-kit-test',
    log,
    metrics,
    ...options,
  })
  return { db, lines, metrics }
}

/** Creates an empty schema of the suite's own; `drop` removes it with everything in it. */
export async function ownSchema(
  db: Database,
): Promise<{ schema: string; drop: () => Promise<null> }> {
  const schema = `kit_${randomBytes(6).toString('hex')}`
  await db.none(`CREATE SCHEMA ${schema}`)
  return { schema, drop: () => db.none(`DROP SCHEMA ${schema} CASCADE`) }
}

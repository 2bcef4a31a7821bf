import createDriver from 'pg-promise'
import { testEnvironment } from './env.js'

/** The only RabbitMQ host of a test run, for as long as it is held. */
export type TestRabbitmq = { url: string; release: () => Promise<void> }

const driver = createDriver({ noWarnings: true })
const RABBITMQ_LOCK = 7_241_002

/**
 * Waits until nobody else uses the queues and keeps others from them. Queue names are fixed by the wire
 * contract, so two workers of two test files would take each other's duties.
 */
export async function claimRabbitmq(): Promise<TestRabbitmq> {
  const { databaseUrl, rabbitmqUrl } = testEnvironment()
  const db = driver({ connectionString: databaseUrl, max: 1, idleTimeoutMillis: 0 })
  const connection = await db.connect()
  await connection.one('SELECT pg_advisory_lock($1)', [RABBITMQ_LOCK])
  return {
    url: rabbitmqUrl,
    release: async () => {
      await connection.one('SELECT pg_advisory_unlock($1)', [RABBITMQ_LOCK])
      await connection.done()
      await db.$pool.end()
    },
  }
}

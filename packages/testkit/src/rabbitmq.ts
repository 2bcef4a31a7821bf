import createDriver from 'pg-promise'
import { testEnvironment } from './env.js'

/** A virtual host of the test run's RabbitMQ, for as long as it is held. */
export type TestRabbitmq = { url: string; release: () => Promise<void> }

const driver = createDriver({ noWarnings: true })
/** By virtual host (scripts/stack/servers/rabbitmq.ts): as many as jest has workers. */
const LOCKS = new Map([
  ['', 7_241_002],
  ['/second', 7_241_003],
])

/**
 * Takes a virtual host and keeps others from it; waits while all are taken. Queue names are fixed by the wire
 * contract, so two workers of two test files would take each other's duties.
 */
export async function claimRabbitmq(): Promise<TestRabbitmq> {
  const { databaseUrl, rabbitmqUrl } = testEnvironment()
  const db = driver({ connectionString: databaseUrl, max: 1, idleTimeoutMillis: 0 })
  const connection = await db.connect()
  const vhost = await lockOne((sql, id) => connection.one<Locked>(sql, [id]))
  return {
    url: rabbitmqUrl + vhost,
    release: async () => {
      await connection.one('SELECT pg_advisory_unlock($1)', [LOCKS.get(vhost)])
      await connection.done()
      await db.$pool.end()
    },
  }
}

type Locked = { locked: boolean }

async function lockOne(query: (sql: string, id: number) => Promise<Locked>): Promise<string> {
  for (const [vhost, id] of LOCKS) {
    const { locked } = await query('SELECT pg_try_advisory_lock($1) AS locked', id)
    if (locked) return vhost
  }
  const [[vhost, id] = ['', 0]] = LOCKS
  await query('SELECT true AS locked FROM pg_advisory_lock($1)', id)
  return vhost
}

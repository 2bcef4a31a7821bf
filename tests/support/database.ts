import createDriver from 'pg-promise'

const driver = createDriver({ noWarnings: true })

/** Asks a database one thing, on a connection of its own. */
export async function ask<Row>(
  url: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const db = driver({ connectionString: url, max: 1 })
  try {
    return await db.any<Row>(statement, [...values])
  } finally {
    await db.$pool.end()
  }
}

import { createRequire } from 'node:module'

/** Runs statements on one database; each call may hold several, separated by semicolons. */
export type RunSql = (text: string) => Promise<Record<string, unknown>[]>

type Connection = { any: RunSql; $pool: { end: () => Promise<void> } }
type Driver = (options: object) => (settings: object) => Connection

/** Opens a database for a few statements of the launcher and closes it again. */
export async function withDatabase<T>(url: string, use: (run: RunSql) => Promise<T>): Promise<T> {
  // The root package has tools only; the driver is the one that the tests depend on.
  const requireFromTests = createRequire(new URL('../../tests/package.json', import.meta.url))
  const connect = requireFromTests('pg-promise') as Driver
  const connection = connect({ noWarnings: true })({ connectionString: url, max: 1 })
  try {
    return await use((text) => connection.any(text))
  } finally {
    await connection.$pool.end()
  }
}

/** A value as an SQL string literal. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

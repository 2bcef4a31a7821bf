import { Client } from 'pg'

/** Runs statements on one database; each call may hold several, separated by semicolons. */
export type RunSql = (text: string) => Promise<Record<string, unknown>[]>

/** Opens a database for a few statements of the launcher and closes it again. */
export async function withDatabase<T>(url: string, use: (run: RunSql) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'sup-stack' })
  // The statement under way reports a broken connection; without a listener the process would end.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(async (text) => (await client.query(text)).rows)
  } finally {
    await client.end()
  }
}

/** A value as an SQL string literal. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

import type { Sql } from '@sup/service-kit/postgres'

const INSERT = `
  INSERT INTO account_changes (id, user_id, type, body, at)
  VALUES ($<id>, $<userId>, $<type>, $<body>::jsonb, $<at>)`

export type StoredChange = { id: string; userId: string; type: string; body: object; at: string }

/** What happened to accounts, for sync. */
export function accountChangeStore(sql: Sql) {
  return {
    insert: ({ body, ...rest }: StoredChange): Promise<null> =>
      sql.none(INSERT, { ...rest, body: JSON.stringify(body) }),
  }
}

import type { Sql } from '@sup/service-kit/postgres'

const EPOCH = `SELECT log_epoch AS epoch FROM server_state`

/** What the database knows about itself. */
export function serverStore(sql: Sql) {
  return {
    /** Changes when a backup was restored. */
    epoch: (): Promise<string> => sql.one(EPOCH, undefined, (row: { epoch: string }) => row.epoch),
  }
}

import type { Sql } from './database.js'

const ADD = `
  INSERT INTO outbox (type, key, payload)
  SELECT type, key, payload
    FROM unnest($<types>::text[], $<keys>::text[], $<payloads>::jsonb[])
    WITH ORDINALITY AS row (type, key, payload, position)
   ORDER BY position`

export type OutboxEntry = {
  /** Name of the outbox event: `session.revoked` … */
  type: string
  /** Chat or user id: rows of one key are relayed in order. */
  key: string
  payload: object
}

/**
 * The duties that a change causes. Built on the transaction of the change, they are there if and only if
 * the change is; worker-service relays them to RabbitMQ.
 */
export function outbox(sql: Sql): {
  add(type: string, entry: { key: string; payload: object }): Promise<void>
  addAll(entries: readonly OutboxEntry[]): Promise<void>
} {
  const addAll = async (entries: readonly OutboxEntry[]): Promise<void> => {
    if (entries.length === 0) return
    await sql.none(ADD, {
      types: entries.map(({ type }) => type),
      keys: entries.map(({ key }) => key),
      payloads: entries.map(({ payload }) => JSON.stringify(payload)),
    })
  }
  return { addAll, add: (type, { key, payload }) => addAll([{ type, key, payload }]) }
}

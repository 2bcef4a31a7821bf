import type { Duties } from '@sup/service-kit/duties'
import type { Sql } from '@sup/service-kit/postgres'
import { type Duty, type OutboxRow, RELAYED_TYPES, dutyOf } from './duty-map.js'
import { type Repetition, outboxStore } from './outbox-store.js'
import { wavesOf } from './waves.js'

const PAGE = 500
/** A broker that refuses this many different keys refuses everything: reading on would be in vain. */
const MOST_FAILURES = 500

/** One pass of the relay: whether it may go on, how often rows are repeated, and what cannot be relayed. */
export type Pass = {
  mayGoOn: () => boolean
  repetition: Repetition
  /** Called for a row whose payload does not have the form of the contract. */
  onMalformed: (row: OutboxRow) => void
}

export type PassResult = { relayed: number; failed: number; firstFailure?: unknown }

/**
 * Publishes every outbox row that is due and marks those that the broker has confirmed and routed.
 *
 * Rows of one key leave one after the other: the next is published when the one before is confirmed, and
 * once one has failed, the later ones wait for the next pass. Rows of different keys are in flight
 * together, and a key that is stuck holds up no other.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` when the database cannot be read or marked. Rows that were confirmed
 *   but not marked are published again later, with the same message id.
 */
export async function relayRows(
  { db, duties }: { db: Sql; duties: Pick<Duties, 'publish'> },
  { mayGoOn, repetition, onMalformed }: Pass,
): Promise<PassResult> {
  const outbox = outboxStore(db)
  const waitingKeys = new Set<string>()
  const result: PassResult = { relayed: 0, failed: 0 }

  const publishOne = async ({ row, duty }: Item): Promise<number[]> => {
    try {
      await duties.publish(duty)
      return [row.id]
    } catch (err) {
      waitingKeys.add(row.key)
      result.failed += 1
      result.firstFailure ??= err
      return []
    }
  }

  for (let after = 0; mayGoOn();) {
    const rows = await outbox.dueRows({ after, limit: PAGE, types: RELAYED_TYPES, ...repetition })
    const confirmed: number[] = []
    for (const wave of wavesOf(mapRows(rows, onMalformed), ({ row }) => row.key)) {
      if (!mayGoOn()) break
      const free = wave.filter(({ row }) => !waitingKeys.has(row.key))
      confirmed.push(...(await Promise.all(free.map(publishOne))).flat())
    }
    if (confirmed.length > 0) await outbox.markRelayed(confirmed)
    result.relayed += confirmed.length

    const last = rows.at(-1)
    if (!last || rows.length < PAGE || result.failed >= MOST_FAILURES) break
    after = last.id
  }
  return result
}

type Item = { row: OutboxRow; duty: Duty }

function mapRows(rows: readonly OutboxRow[], onMalformed: (row: OutboxRow) => void): Item[] {
  return rows.flatMap((row) => {
    const duty = dutyOf(row)
    if (duty) return [{ row, duty }]
    onMalformed(row)
    return []
  })
}

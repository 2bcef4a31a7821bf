import type { Logger } from '@sup/service-kit/log'
import type { Metrics } from '@sup/service-kit/metrics'
import type { Sql } from '@sup/service-kit/postgres'
import { RELAYED_TYPES } from './duty-map.js'
import { outboxStore } from './outbox-store.js'

const EVERY_MS = 5000

export type BacklogLoop = { start(): void; stop(): Promise<void> }

/**
 * Measures what the outbox still owes, on every worker, so that the figures do not vanish with a leader:
 * `sup_outbox_pending` and `sup_outbox_oldest_seconds` count every row whose effect is not confirmed,
 * `sup_outbox_unknown` those of a type that nobody relays. A type of that kind is logged once.
 *
 * @param everyMs Time between two measurements in milliseconds, 5 s if absent.
 */
export function createBacklogLoop(
  { db, log, metrics }: { db: Sql; log: Logger; metrics: Metrics },
  everyMs = EVERY_MS,
): BacklogLoop {
  const pending = metrics.gauge('sup_outbox_pending', 'Outbox rows whose effect is not confirmed')
  const oldest = metrics.gauge(
    'sup_outbox_oldest_seconds',
    'Age of the oldest outbox row whose effect is not confirmed',
  )
  const unknown = metrics.gauge('sup_outbox_unknown', 'Outbox rows of a type that nobody relays')
  const knownUnknowns = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let measuring: Promise<void> | undefined

  const measure = async (): Promise<void> => {
    const backlog = await outboxStore(db).backlog()
    const strangers = backlog.filter(({ type }) => !RELAYED_TYPES.includes(type))
    pending.set(sum(backlog.map((one) => one.pending)))
    oldest.set(Math.max(0, ...backlog.map((one) => one.oldestSeconds)))
    unknown.set(sum(strangers.map((one) => one.pending)))
    for (const { type } of strangers) {
      if (knownUnknowns.has(type)) continue
      knownUnknowns.add(type)
      log.error('Nobody relays outbox rows of this type, they stay', { type })
    }
  }
  const tick = (): void => {
    measuring ??= measure()
      .catch((err: unknown) => {
        log.debug('The outbox cannot be measured', { err })
      })
      .finally(() => {
        measuring = undefined
      })
  }

  return {
    start() {
      tick()
      timer = setInterval(tick, everyMs)
    },
    async stop() {
      clearInterval(timer)
      await measuring
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

import type { Metrics } from '../metrics/index.js'

type Pool = { totalCount: number; idleCount: number; waitingCount: number }

const pools = new WeakMap<Metrics, Map<string, Pool[]>>()

/** Shows the connections of all pools of a service in `sup_db_pool_connections`. */
export function watchPool(metrics: Metrics, name: string, pool: Pool): void {
  const known = pools.get(metrics) ?? new Map<string, Pool[]>()
  known.set(name, [...(known.get(name) ?? []), pool])
  if (pools.has(metrics)) return
  pools.set(metrics, known)
  const sum = (value: (pool: Pool) => number): number =>
    [...known.values()].flat().reduce((total, one) => total + value(one), 0)
  metrics.gauge('sup_db_pool_connections', 'Database connections', ['state'], (gauge) => {
    const idle = sum((one) => one.idleCount)
    gauge.set({ state: 'idle' }, idle)
    gauge.set({ state: 'busy' }, sum((one) => one.totalCount) - idle)
    gauge.set(
      { state: 'waiting' },
      sum((one) => one.waitingCount),
    )
  })
}

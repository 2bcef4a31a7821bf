import { type CpuSeconds, totalOf } from './cpu.js'

/** Prints a line of progress. */
export type Say = (line: string) => void

/** What every workload reports; the members of `--json`, in this order. */
export type Figures = {
  msgsPerSecond: number
  ackP50Ms: number
  ackP99Ms: number
  deliveryP50Ms: number
  deliveryP99Ms: number
  cpuSecondsPer1kDeliveries: number
  lost: number
  duplicates: number
  orderErrors: number
}

/** The result of a workload: the common figures, what else is worth telling, and what went wrong. */
export type Result = {
  figures: Figures
  /** Further members of the table and of `--json`. */
  more: Record<string, number>
  /** CPU seconds of the measured time by program. */
  cpu: CpuSeconds
  /** Why the run counts as failed; empty for a good one. */
  failures: string[]
}

/** CPU seconds per thousand; 0 when nothing was delivered. */
export const perThousand = (cpu: CpuSeconds, deliveries: number): number =>
  deliveries === 0 ? 0 : (totalOf(cpu) * 1000) / deliveries

/** Losses, duplicates and order errors in words. */
export function faultsOf({ lost, duplicates, orderErrors }: Figures): string[] {
  return [
    ...(lost > 0 ? [`${lost} messages lost`] : []),
    ...(duplicates > 0 ? [`${duplicates} messages delivered twice`] : []),
    ...(orderErrors > 0 ? [`${orderErrors} messages out of order`] : []),
  ]
}

import { readFileSync } from 'node:fs'
import { listDescendants } from '../../scripts/stack/process-table.js'

/** CPU seconds by process name, ended children included. */
export type CpuSeconds = Map<string, number>

/** Ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/**
 * What all descendants of this process have used so far, but those of `without`.
 *
 * Every server of a stack is a descendant; time of children that have ended is in their parent's.
 *
 * @param names names for pids that would all be called `node`
 */
export function readCpu(
  names: ReadonlyMap<number, string>,
  without: readonly number[],
): CpuSeconds {
  const left = new Set(without.flatMap((pid) => [pid, ...listDescendants(pid)]))
  const seconds: CpuSeconds = new Map()
  for (const pid of listDescendants(process.pid)) {
    const stat = left.has(pid) ? undefined : readStat(pid)
    if (stat === undefined) continue
    const name = names.get(pid) ?? stat.name
    seconds.set(name, (seconds.get(name) ?? 0) + stat.ticks / TICKS_PER_SECOND)
  }
  return seconds
}

/** What was used between two readings. */
export function spentBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  const spent = [...after].map(([name, seconds]): [string, number] => [
    name,
    Math.max(0, seconds - (before.get(name) ?? 0)),
  ])
  return new Map(spent)
}

export const totalOf = (seconds: CpuSeconds): number =>
  [...seconds.values()].reduce((sum, value) => sum + value, 0)

/** Resident memory of a process in KiB; 0 when it has ended. */
export function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

function readStat(pid: number): { name: string; ticks: number } | undefined {
  const stat = read(`/proc/${pid}/stat`)
  const open = stat.indexOf('(')
  // The name may hold brackets itself; the fields after the last one are plain.
  const close = stat.lastIndexOf(')')
  if (close < 0) return undefined
  const fields = stat.slice(close + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { name: stat.slice(open + 1, close), ticks }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

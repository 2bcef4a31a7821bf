import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/**
 * One process of this machine, named so that a reused pid is not mistaken for it. `startedAt` is
 * boot id and clock ticks where /proc exists, and empty elsewhere (then only the pid counts).
 */
export type ProcessName = { pid: number; startedAt: string }

/** Names a running process; undefined when there is none with this pid. */
export function nameProcess(pid: number): ProcessName | undefined {
  if (process.platform !== 'linux') return canSignal(pid) ? { pid, startedAt: '' } : undefined
  const fields = statFields(pid)
  // State Z or X: only the entry is left, nothing runs and nothing is held any more.
  if (fields?.[0] === undefined || /[ZX]/.test(fields[0])) return undefined
  return { pid, startedAt: `${bootId()}:${fields[19] ?? ''}` }
}

/** Is this very process, and not a later one with the same pid, still running? */
export function isRunning(name: ProcessName): boolean {
  return nameProcess(name.pid)?.startedAt === name.startedAt
}

/** The command line of a process for a message to people; its pid alone when it may not be read. */
export function describeProcess(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return line === '' ? `process ${pid}` : `process ${pid} (${line.slice(0, 120)})`
  } catch {
    return `process ${pid}`
  }
}

/** The pid that listens on a TCP port; undefined when it cannot be seen (another user's, no /proc). */
export function findPortHolder(port: number): number | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)))
  if (inodes.size === 0) return undefined
  return readNames('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .find((pid) => openSockets(pid).some((inode) => inodes.has(inode)))
}

/** Direct and indirect children of a process, nearest first. */
export function listDescendants(pid: number): number[] {
  const children = readNames(`/proc/${pid}/task`).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  )
  return children.flatMap((child) => [child, ...listDescendants(child)])
}

function statFields(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  // The command name may hold spaces and brackets; the fields after the last bracket are plain.
  const end = stat.lastIndexOf(')')
  return end < 0 ? undefined : stat.slice(end + 2).split(' ')
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id').trim()
}

function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return read(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A' && columns[1]?.endsWith(`:${hex}`))
    .flatMap((columns) => columns[9] ?? [])
}

function openSockets(pid: number): string[] {
  return readNames(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

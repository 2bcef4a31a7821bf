import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcessName, isRunning, nameProcess } from './process-table.js'

export type Lock = { release: () => void }

/**
 * Takes the lock of a state folder for this process, or says which process has it.
 *
 * The lock is a file that names its holder by pid and start time. A holder that is gone, however it
 * went, holds nothing: the file it left is replaced.
 */
export function takeLock(folder: string): Lock | { holder: ProcessName } {
  const file = join(folder, 'lock.json')
  const mine = nameProcess(process.pid) ?? { pid: process.pid, startedAt: '' }
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(mine))
  try {
    for (;;) {
      if (tryLink(draft, file)) {
        return {
          release: () => {
            releaseLock(file, mine)
          },
        }
      }
      const holder = readLock(folder)
      if (holder !== undefined && isRunning(holder)) return { holder }
      rmSync(file, { force: true })
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The running process that holds the lock of a state folder, if any. */
export function findLockHolder(folder: string): ProcessName | undefined {
  const holder = readLock(folder)
  return holder !== undefined && isRunning(holder) ? holder : undefined
}

// A link appears with its full content or not at all, so nobody ever reads half a lock.
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
    if (code === 'EEXIST') return false
    throw error
  }
}

function readLock(folder: string): ProcessName | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    if (!('pid' in value) || typeof value.pid !== 'number') return undefined
    if (!('startedAt' in value) || typeof value.startedAt !== 'string') return undefined
    return { pid: value.pid, startedAt: value.startedAt }
  } catch {
    return undefined
  }
}

function releaseLock(file: string, mine: ProcessName): void {
  const holder = readLock(join(file, '..'))
  if (holder?.pid === mine.pid && holder.startedAt === mine.startedAt) rmSync(file, { force: true })
}

import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findLockHolder } from './lock.js'
import { type ProcessName, isRunning, nameProcess } from './process-table.js'

const FILE = 'processes.json'
const GRACE_MS = 8000

/** Notes the processes that a stack runs, so that a later start can see to those that outlive it. */
export function recordProcesses(folder: string, processes: ProcessName[]): void {
  writeFileSync(join(folder, FILE), JSON.stringify(processes))
}

/**
 * Waits until every process of an earlier run of this state folder is gone.
 *
 * When a launcher is killed its servers get a signal from the kernel and need a few seconds to shut
 * down; starting on their data before that would damage it. What is still there after that is killed.
 */
export async function endLeftovers(folder: string): Promise<void> {
  const left = (): ProcessName[] => readProcesses(folder).filter(isRunning)
  const end = Date.now() + GRACE_MS
  while (left().length > 0 && Date.now() < end) await sleep(50)
  for (const { pid } of left()) process.kill(pid, 'SIGKILL')
  while (left().length > 0) await sleep(20)
  rmSync(join(folder, FILE), { force: true })
}

/** Removes the folders of runs (`test-<pid>` and the like) whose process is gone. */
export async function removeDeadRuns(root: string): Promise<void> {
  for (const name of readNames(root)) {
    const pid = /^[a-z]+-(\d+)(-\d+)?$/.exec(name)?.[1]
    if (pid === undefined || nameProcess(Number(pid)) !== undefined) continue
    const folder = join(root, name)
    if (findLockHolder(folder) !== undefined) continue
    await endLeftovers(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

function readProcesses(folder: string): ProcessName[] {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as ProcessName[]
  } catch {
    return []
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

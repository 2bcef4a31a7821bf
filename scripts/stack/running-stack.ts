import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findLockHolder } from './lock.js'
import type { ProcessName } from './process-table.js'
import { stateRoot } from './state.js'

/** What a running `npm start` tells other commands of the same checkout, by a file in its state. */
export type RunningStack = {
  publicUrl: string
  /** Variables for test suites. */
  test: Record<string, string>
  /** Variables for services: what they share, and each one's ports. */
  services: Record<string, string>
}

/** The state folder of `npm start`. */
export function startFolder(): string {
  return join(stateRoot(), 'start')
}

/** Tells other commands about this stack until `forgetStack`. The file holds secrets. */
export function announceStack(folder: string, stack: RunningStack): void {
  writeFileSync(fileOf(folder), JSON.stringify(stack, null, 2), { mode: 0o600 })
}

export function forgetStack(folder: string): void {
  rmSync(fileOf(folder), { force: true })
}

/** The running `npm start` of this checkout; undefined when there is none or it is still starting. */
export function findRunningStack(
  folder = startFolder(),
): (RunningStack & { holder: ProcessName }) | undefined {
  const holder = findLockHolder(folder)
  if (holder === undefined) return undefined
  try {
    return { ...(JSON.parse(readFileSync(fileOf(folder), 'utf8')) as RunningStack), holder }
  } catch {
    return undefined
  }
}

function fileOf(folder: string): string {
  return join(folder, 'running.json')
}

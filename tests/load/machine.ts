import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { CHECKOUT } from '../../scripts/stack/state.js'

/** `Intel … @ 2.50GHz, 2 cores`. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor'
  return `${model}, ${availableParallelism()} cores`
}

/** The commit that is checked out, with a `+` when the working tree differs from it. */
export function describeCommit(): string {
  try {
    const commit = git('rev-parse', '--short', 'HEAD')
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`
  } catch {
    return 'unknown'
  }
}

/** How busy the machine was during the last minute, which explains figures that differ. */
export function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
}

/**
 * @throws Error with the remedy when this process may not open that many files. A connection through
 *   nginx takes two there.
 */
export function checkOpenFiles(connections: number): void {
  const text = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  const needed = connections * 2 + 1000
  if (text === undefined || Number(text) >= needed) return
  throw new Error(
    `${connections} connections need ${needed} open files, this shell allows ${text}: run \`ulimit -n ${needed}\` first`,
  )
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: CHECKOUT, encoding: 'utf8' }).trim()
}

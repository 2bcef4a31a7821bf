import { readFile, readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const MEGABYTE = 1024 * 1024
const EVERY_MS = 100

/** The most memory that was resident at once, in MB. */
export type Peaks = { process: number; tree: number }

/** Watches a process and everything below it until `stop`, which resolves with what was seen. */
export function watchMemory(pid: () => number): { stop: () => Promise<Peaks> } {
  const peaks: Peaks = { process: 0, tree: 0 }
  const ending = new AbortController()
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const sizes = await residentSizes(pid())
      peaks.process = Math.max(peaks.process, sizes[0] ?? 0)
      peaks.tree = Math.max(
        peaks.tree,
        sizes.reduce((sum, size) => sum + size, 0),
      )
      await sleep(EVERY_MS)
    }
  })()
  return {
    stop: async () => {
      ending.abort()
      await watching
      return peaks
    },
  }
}

/** Programs at work below a process: the names of their files. */
export async function programsBelow(pid: number): Promise<string[]> {
  const below = (await familyOf(pid)).slice(1)
  const names = await Promise.all(below.map((one) => read(`/proc/${one}/comm`)))
  return names.map((name) => name.trim()).filter((name) => name !== '')
}

async function residentSizes(pid: number): Promise<number[]> {
  const family = await familyOf(pid)
  const texts = await Promise.all(family.map((one) => read(`/proc/${one}/status`)))
  return texts.map((text) => (Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024) / MEGABYTE)
}

/** A process and its descendants, itself first. */
async function familyOf(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(
    all.map(async (one) => {
      const stat = await read(`/proc/${one}/stat`)
      return [one, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const
    }),
  )
  const childrenOf = (parent: number): number[] =>
    parents.flatMap(([child, of]) => (of === parent ? [child, ...childrenOf(child)] : []))
  return [pid, ...childrenOf(pid)]
}

/** Empty for a process that has ended meanwhile. */
const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

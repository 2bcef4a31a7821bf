import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The processes that have a store open, one empty file each: `<kind>.<pid>.<start>.<nonce>`. The
 * name says whether its process still lives, so files of the dead can be removed by anybody, and
 * no file is ever reused: there is nothing to race for.
 */
export type Tenants = {
  /** @returns a function that takes the mark away. */
  enter: (kind: 'user' | 'cleaner') => Promise<() => Promise<void>>
  /** Marks of living processes, and own ones, of this kind. Marks of the dead are removed. */
  living: (kind: 'user' | 'cleaner') => Promise<string[]>
}

export function createTenants(folder: string): Tenants {
  return {
    async enter(kind) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const nonce = randomBytes(6).toString('hex')
      const name = `${kind}.${String(process.pid)}.${startOf(process.pid)}.${nonce}`
      await writeFile(join(folder, name), '', { mode: 0o600, flag: 'wx' })
      return () => removeFile(join(folder, name))
    },
    async living(kind) {
      const names = (await readdir(folder)).filter((name) => name.startsWith(`${kind}.`))
      const dead = names.filter((name) => !lives(name))
      await Promise.all(dead.map((name) => removeFile(join(folder, name))))
      return names.filter((name) => !dead.includes(name))
    },
  }
}

function lives(name: string): boolean {
  const [, pid = '', start = ''] = name.split('.')
  const now = startOf(Number(pid))
  return now !== 'none' && now === start
}

/**
 * When a process started, in ticks since boot: tells a living process from a later one with the
 * same number. `unknown` where there is no /proc; `none` when there is no such process.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    // The name of the program, in parentheses, may hold anything; 22 is the field of the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown'
  } catch {
    return isRunning(pid) ? 'unknown' : 'none'
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return err instanceof Error && 'code' in err && err.code === 'EPERM'
  }
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((err: unknown) => {
    if (!(err instanceof Error && 'code' in err && err.code === 'ENOENT')) throw err
  })
}

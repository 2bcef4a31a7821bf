import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findLockHolder } from './lock.js'
import { type ProcessName, isRunning } from './process-table.js'
import { findRunningStack } from './running-stack.js'
import { CHECKOUT } from './state.js'

// Real servers on a machine that may be busy.
const LIMIT_MS = 240_000

let root = ''
const folder = (): string => join(root, 'start')
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sup-start-'))
  // The dropped uid must be able to enter.
  spawn('chmod', ['755', root])
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

type Launcher = { child: ChildProcess; output: () => string; exited: Promise<unknown[]> }

/** `npm start -- --only infra` without npm, on a state folder of this test. */
function launch(): Launcher {
  const child = spawn(process.execPath, [join(CHECKOUT, 'scripts/start.mjs'), '--only', 'infra'], {
    env: { PATH: process.env['PATH'], SUP_STATE_DIR: root, SUP_SKIP_INSTALL: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const collect = (data: Buffer): void => {
    output += data.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return { child, output: () => output, exited: once(child, 'exit') }
}

async function untilUp({ output, child }: Launcher): Promise<void> {
  while (!output().includes('Up after')) {
    if (child.exitCode !== null) throw new Error(output())
    await sleep(100)
  }
}

const servers = (): ProcessName[] =>
  JSON.parse(readFileSync(join(folder(), 'processes.json'), 'utf8')) as ProcessName[]

describe('npm start', () => {
  it(
    'refuses a second start, survives kill -9, and stops cleanly',
    async () => {
      const first = launch()
      await untilUp(first)
      const holder = findLockHolder(folder())
      expect(servers().length).toBeGreaterThanOrEqual(7)

      const second = launch()
      expect(await second.exited).toEqual([1, null])
      expect(second.output()).toContain(
        `runs already (${findRunningStack(folder())?.publicUrl ?? ''})`,
      )
      expect(second.output()).toContain(`kill ${holder?.pid ?? ''}`)

      const killed = servers()
      process.kill(holder?.pid ?? 0, 'SIGKILL')
      await first.exited
      expect(findLockHolder(folder())).toBeUndefined()
      expect(findRunningStack(folder())).toBeUndefined()

      const third = launch()
      await untilUp(third)
      expect(killed.filter(isRunning)).toEqual([])
      const stopped = servers()
      // What Ctrl-C in a terminal does: everybody in the foreground gets it.
      process.kill(-(third.child.pid ?? 0), 'SIGINT')
      expect(await third.exited).toEqual([0, null])
      expect(stopped.filter(isRunning)).toEqual([])
      expect(findLockHolder(folder())).toBeUndefined()
    },
    LIMIT_MS,
  )
})

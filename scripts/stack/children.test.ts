import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type ChildOptions, createChildren, waitUntilReady } from './children.js'
import { endLeftovers } from './dead-runs.js'
import { type ProcessName, isRunning } from './process-table.js'
import { CHECKOUT } from './state.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sup-children-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const shell = (name: string, script: string): ChildOptions => ({
  name,
  command: '/bin/sh',
  args: ['-c', script],
  layer: 'server',
  stopSignal: 'SIGTERM',
  cwd: '/',
})

const recorded = (): ProcessName[] =>
  JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')) as ProcessName[]

describe('children of a stack', () => {
  it('are stopped layer by layer, and then nothing is recorded as running', async () => {
    const children = createChildren(folder)
    const service = children.start({ ...shell('a', 'exec sleep 60'), layer: 'service' })
    const base = children.start({ ...shell('b', 'exec sleep 60'), layer: 'base' })
    const order: string[] = []
    void service.exited.then((how) => order.push(`service ${how}`))
    void base.exited.then((how) => order.push(`base ${how}`))
    expect(recorded()).toHaveLength(2)
    await children.stopAll()
    expect(order).toEqual(['service SIGTERM', 'base SIGTERM'])
    expect(recorded()).toEqual([])
  })

  it('are reported when they end by themselves, and not when they are ended', async () => {
    const children = createChildren(folder)
    const deaths: string[] = []
    children.onDeath((child, how) => deaths.push(`${child.name} ${how}`))
    const one = children.start(shell('one', 'exit 3'))
    const two = children.start(shell('two', 'exec sleep 60'))
    await one.exited
    children.release(two)
    two.kill('SIGKILL')
    await two.exited
    await sleep(0)
    expect(deaths).toEqual(['one code 3'])
  })

  it('that die at start are named with the end of their log', async () => {
    const children = createChildren(folder)
    const child = children.start(shell('broken', 'echo no such setting >&2; exit 1'))
    await expect(waitUntilReady(child, () => Promise.resolve(false))).rejects.toThrow(
      /broken ended at start \(code 1\)[^]*no such setting/,
    )
  })

  it('end with a launcher that is killed', async () => {
    const program = `
      import { createChildren } from ${JSON.stringify(join(CHECKOUT, 'scripts/stack/children.ts'))}
      const children = createChildren(${JSON.stringify(folder)})
      children.start({ name: 'x', command: 'sleep', args: ['60'], layer: 'server', stopSignal: 'SIGTERM', cwd: '/' })
      process.stdout.write('started')
      setInterval(() => undefined, 1000)`
    const tsx = join(CHECKOUT, 'node_modules/tsx/dist/loader.mjs')
    const args = ['--import', tsx, '--input-type=module', '--eval', program]
    const launcher = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] } })
    await once(launcher.stdout, 'data')
    const left = recorded()
    expect(left.map(isRunning)).toEqual([true])
    launcher.kill('SIGKILL')
    await once(launcher, 'exit')
    await endLeftovers(folder)
    expect(left.map(isRunning)).toEqual([false])
  })
})

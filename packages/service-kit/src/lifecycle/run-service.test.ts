import { describe, expect, it } from '@jest/globals'
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../test/programs/service.ts', import.meta.url))

/** Runs the program; `output` has everything it wrote so far, `ended` its exit code. */
function run(behaviour: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=sup-source', '--import', 'tsx', program, behaviour],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], NODE_ENV: 'test' } },
  )
  let output = ''
  const waiting: (() => void)[] = []
  const read = (chunk: Buffer): void => {
    output += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  return {
    child,
    output: () => output,
    /** The plain lines, without the log. */
    said: () => output.split('\n').filter((line) => line !== '' && !line.startsWith('{')),
    until: (text: string) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (output.includes(text)) resolve()
        }
        waiting.push(look)
        look()
      }),
    ended: new Promise<number | null>((resolve) => child.on('close', resolve)),
  }
}

describe('runService', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends cleanly on %s: drain, stop, close in reverse',
    async (signal) => {
      const service = run('')
      await service.until('ready')
      const began = Date.now()
      service.child.kill(signal)
      expect(await service.ended).toBe(0)
      expect(service.said()).toEqual(['ready', 'drain', 'stop', 'close second', 'close first'])
      expect(Date.now() - began).toBeGreaterThanOrEqual(100)
    },
  )

  it('ends at once on a second signal', async () => {
    const service = run('hangs')
    await service.until('ready')
    service.child.kill('SIGTERM')
    await service.until('stop')
    service.child.kill('SIGTERM')
    expect(await service.ended).toBe(1)
  })

  it('ends cleanly when it is told while it starts', async () => {
    const service = run('slow-start')
    await service.until('ready')
    service.child.kill('SIGTERM')
    expect(await service.ended).toBe(0)
    expect(service.said()).toEqual(['ready', 'drain', 'close second', 'close first'])
  })

  it.each([
    ['fails', 'cannot start'],
    ['rejects', 'Nobody handled a rejection'],
    ['throws', 'Nobody caught an error'],
  ])('exits with 1 when it %s', async (behaviour, text) => {
    const service = run(behaviour)
    expect(await service.ended).toBe(1)
    expect(service.output()).toContain(text)
  })

  it('tells the operator what is wrong with the configuration, in plain text', async () => {
    const service = run('config')
    expect(await service.ended).toBe(1)
    expect(service.said()).toContain('  - NEEDED is missing')
  })
})

import { describe, expect, it } from '@jest/globals'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKOUT } from '../../scripts/stack/state.js'
import { within } from '../support/wait.js'
import { type World, newName } from './world.js'

const PASSWORD = 'thirty-seven-geese'

/** The `sup` command as two people use it, each in a terminal of their own. */
export function describeCommandLine(world: () => World): void {
  describe('the command line', () => {
    it('lets two terminals chat', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sup-e2e-'))
      const [alice, bob] = [newName('alice'), newName('bob')]
      const run = (who: string, server: string, ...args: string[]): Program =>
        startProgram(folder, ['--profile', who, '--server', server, ...args])
      try {
        const { here, there } = world()
        await finish(run(alice, here, 'register', alice), `${PASSWORD}\n`)
        await finish(run(bob, there, 'register', bob), `${PASSWORD}\n`)

        const one = run(alice, here, 'chat', bob)
        one.write('Hi from the first terminal\n')
        const listed = await untilListed(() => finish(run(bob, there, 'chats')), alice)
        expect(listed).toContain(alice)
        const other = run(bob, there, 'chat', alice)
        other.write('Привет from the second 🖥️\n')
        await one.shows('Привет from the second 🖥️')
        one.write('Bye\n')
        await other.shows('Bye')
        await Promise.all([finish(one), finish(other)])

        const sent = await finish(run(bob, there, '--json', 'send', alice, 'one more'))
        expect(JSON.parse(sent)).toMatchObject({
          message: { id: expect.any(String), chatId: expect.any(String), seq: 6 },
        })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
      // A dozen programs are started, one after the other.
    }, 120_000)

    it('says by its exit code what is wrong', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sup-e2e-'))
      try {
        const run = (...args: string[]): Promise<number> =>
          codeOf(startProgram(folder, ['--server', world().here, ...args]), `${PASSWORD}\n`)
        expect(await run('fly')).toBe(2)
        expect(await run('chats')).toBe(3)
        expect(await run('login', newName('nobody'))).toBe(3)
        expect(await run('--server', 'http://127.0.0.1:1', 'login', 'alice')).toBe(7)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  })
}

type Program = {
  write: (text: string) => void
  /** Ends its standard input, as Ctrl-D does. */
  end: (text: string) => void
  /** Waits until its output holds this. */
  shows: (text: string) => Promise<void>
  exited: Promise<number>
  output: () => string
  errors: () => string
}

function startProgram(folder: string, args: readonly string[]): Program {
  const child = spawn(join(CHECKOUT, 'scripts/sup'), args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      SUP_CLI_HOME: join(folder, 'profiles'),
      NO_COLOR: '1',
    },
  })
  const output = collect(child, 'stdout')
  const errors = collect(child, 'stderr')
  const exited = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      resolve(code ?? -1)
    })
  })
  return {
    write: (text) => child.stdin.write(text),
    end: (text) => child.stdin.end(text),
    exited,
    output: output.text,
    errors: errors.text,
    shows: async (text) => {
      await within(`a terminal shows “${text}”`, 20_000, output.until(text)).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; it shows:\n${output.text()}\n${errors.text()}`)
        },
      )
    },
  }
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr') {
  let text = ''
  const waiting = new Set<() => void>()
  child[name]?.setEncoding('utf8').on('data', (part: string) => {
    text += part
    for (const look of [...waiting]) look()
  })
  return {
    text: () => text,
    until: (wanted: string) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (!text.includes(wanted)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** Ends its input and waits for a good end; gives what it printed. */
async function finish(program: Program, input = ''): Promise<string> {
  const code = await codeOf(program, input)
  if (code !== 0) throw new Error(`exit code ${code}: ${program.errors()}`)
  return program.output()
}

function codeOf(program: Program, input: string): Promise<number> {
  program.end(input)
  return within('a command ends', 30_000, program.exited)
}

async function untilListed(list: () => Promise<string>, name: string): Promise<string> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const text = await list()
    if (text.includes(name)) return text
  }
  return list()
}

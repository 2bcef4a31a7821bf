import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach } from '@jest/globals'
import type { UserProfile } from '@sup/types'
import { ALICE, AT, BOB, aChat, aMessage, authResult } from '../../../packages/sdk/test/examples.js'
import {
  type Reply,
  type ScriptedServer,
  ok,
  refuse,
} from '../../../packages/sdk/test/scripted-server.js'
import type { ScriptedSockets } from '../../../packages/sdk/test/scripted-sockets.js'
import { startScriptedSystem } from '../../../packages/sdk/test/scripted-system.js'
import { run } from '../src/run.js'
import { type FakeTerminal, fakeTerminal } from './fake-terminal.js'

export const bob: UserProfile = {
  id: BOB,
  username: 'bob',
  displayName: 'Bob',
  status: 'online',
  createdAt: AT,
  isContact: false,
  isBlocked: false,
}
export const alice = {
  id: ALICE,
  username: 'alice',
  displayName: 'Alice',
  role: 'user',
  status: 'online',
}
export const chat = aChat({
  peer: bob,
  lastMessage: aMessage({ seq: 3, content: 'hi\u001b[2J' }),
})

/** A scripted system that knows alice, bob and their chat, and a folder for profiles. */
export type Harness = {
  rest: ScriptedServer
  sockets: ScriptedSockets
  home: string
  /** A folder that lives as long as the tests of the file. */
  root: string
  env: Record<string, string>
  sup: (
    args: string[],
    options?: { input?: string; env?: Record<string, string> },
  ) => Promise<Outcome>
  /** Starts a run that reads from `terminal.stdin` and goes on. */
  start: (args: string[]) => { terminal: FakeTerminal; ended: Promise<number> }
  logIn: () => Promise<Outcome>
  answer: (route: string, reply: Reply) => void
}
export type Outcome = { code: number; out: string; err: string }

export const json = (text: string): unknown => JSON.parse(text)

/** Sets the harness up before each test of a file and takes it down after it. */
export async function useHarness(): Promise<Harness> {
  const root = await mkdtemp(join(tmpdir(), 'sup-cli-'))
  const harness = { root } as Harness
  let runs = 0
  beforeEach(async () => {
    Object.assign(harness, await startScriptedSystem())
    harness.home = join(root, String(runs++))
    harness.env = { SUP_SERVER: harness.sockets.url, SUP_CLI_HOME: harness.home }
    teach(harness.rest)
  })
  const started: ReturnType<Harness['start']>[] = []
  afterEach(async () => {
    // A failed test leaves its stream running.
    for (const { terminal } of started) terminal.stdout.emit('close')
    await Promise.all(started.splice(0).map(({ ended }) => ended))
    await harness.sockets.close()
    await harness.rest.close()
  })
  afterAll(() => rm(root, { recursive: true }))
  harness.sup = async (args, { input = '', env = {} } = {}) => {
    const terminal = fakeTerminal({ ...harness.env, ...env }, input)
    const code = await run(args, terminal)
    return { code, out: terminal.out(), err: terminal.err() }
  }
  harness.start = (args) => {
    const terminal = fakeTerminal(harness.env)
    const stream = { terminal, ended: run(args, terminal) }
    started.push(stream)
    return stream
  }
  harness.logIn = () => harness.sup(['login', 'alice'], { input: 'secret word\n' })
  harness.answer = (route, reply) => {
    harness.rest.on(route, () => reply)
  }
  return harness
}

function teach(rest: ScriptedServer): void {
  const session = () => ok(authResult({ user: alice }))
  rest.on('POST /api/v1/auth/login', ({ body }) =>
    body.password === 'secret word' ? session() : refuse(401, 'INVALID_CREDENTIALS'),
  )
  rest.on('POST /api/v1/auth/register', session)
  rest.on('GET /api/v1/users/me', () => ok(alice))
  rest.on('GET /api/v1/search/users', ({ query }) => ok(query.get('q') === 'bob' ? [bob] : []))
  rest.on('GET /api/v1/chats', () => ok([chat], { hasMore: false }))
  rest.on('POST /api/v1/chats', () => ok(chat, { existing: true }))
  rest.on(`GET /api/v1/users/${BOB}`, () => ok(bob))
}

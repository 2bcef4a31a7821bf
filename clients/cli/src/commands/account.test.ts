import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { uuidOf } from '../../../../packages/sdk/test/examples.js'
import { ok } from '../../../../packages/sdk/test/scripted-server.js'
import { fakeTerminal } from '../../test/fake-terminal.js'
import { json, useHarness } from '../../test/harness.js'
import { run } from '../run.js'

const h = await useHarness()

describe('logging in', () => {
  it('takes the password from standard input and keeps the session', async () => {
    const out = `Logged in as alice at ${h.sockets.url}.\n`
    expect(await h.logIn()).toEqual({ code: 0, out, err: '' })
    const me = await h.sup(['whoami', '--json'])
    expect(json(me.out)).toMatchObject({
      user: { username: 'alice' },
      session: { deviceId: uuidOf(0xde), sessionId: uuidOf(0x51) },
      server: h.sockets.url,
      profile: 'default',
    })
    expect(h.rest.seen[0]?.body).toMatchObject({ device: { platform: 'cli' } })
  })

  it('takes it from a file, and never shows it', async () => {
    const file = join(h.root, 'password')
    await writeFile(file, 'secret word\nsecond line\n')
    const { code, out, err } = await h.sup(['--verbose', 'login', 'alice'], {
      env: { SUP_PASSWORD_FILE: file },
    })
    expect(code).toBe(0)
    expect(out + err).not.toMatch(/secret word|access-1|refresh-1/)
  })

  it.each([
    ['a wrong password', ['login', 'alice'], 'wrong\n', 3],
    ['no password', ['login', 'alice'], '', 2],
    ['no name', ['login'], 'secret word\n', 2],
    ['an unknown command', ['dance'], '', 2],
    ['an unknown option', ['chats', '--nonsense'], '', 2],
    ['a wrong address', ['--server', 'nonsense', 'chats'], '', 2],
    ['a wrong profile', ['--profile', '../x', 'chats'], '', 2],
    ['nobody logged in', ['chats'], '', 3],
    ['an unreachable server', ['--server', 'http://127.0.0.1:1', 'login', 'alice'], 'x\n', 7],
    ['help', ['--help'], '', 0],
    ['help of a command', ['send', '-h'], '', 0],
    ['the version', ['--version'], '', 0],
  ])('with %s ends as it should', async (_name, args, input, code) => {
    const outcome = await h.sup(args, { input })
    expect(outcome.code).toBe(code)
    if (code !== 0) expect(outcome.out).toBe('')
    expect(outcome.out + outcome.err).not.toBe('')
  })

  it('keeps profiles and servers apart, and remembers the server of a profile', async () => {
    await h.logIn()
    expect((await h.sup(['--profile', 'work', 'whoami'])).code).toBe(3)
    expect((await h.sup(['--server', 'http://127.0.0.1:1', 'whoami'])).code).toBe(3)
    expect((await h.sup(['whoami'], { env: { SUP_SERVER: '' } })).code).not.toBe(0)
    const terminal = fakeTerminal({ SUP_CLI_HOME: h.home }, '')
    expect(await run(['whoami'], terminal)).toBe(0)
    const folder = join(h.home, 'default', new URL(h.sockets.url).host.replace(':', '_'))
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(h.home, 'default/profile.json'), 'utf8')).not.toContain('access')
  })

  it('registers, but not over somebody who is logged in', async () => {
    const { code, out } = await h.sup(['register', 'alice', '--json'], { input: 'secret word\n' })
    expect(code).toBe(0)
    expect(json(out)).toMatchObject({ user: { username: 'alice' }, profile: 'default' })
    const again = await h.sup(['register', 'carol'], { input: 'secret word\n' })
    expect(again.code).toBe(5)
    expect(again.err).toContain('--profile')
  })

  it('logs out and forgets', async () => {
    await h.logIn()
    h.answer('POST /api/v1/auth/logout', ok({ revokedSessions: 1 }))
    expect(json((await h.sup(['logout', '--json'])).out)).toEqual({ loggedOut: 'alice' })
    expect((await h.sup(['whoami'])).code).toBe(3)
  })
})

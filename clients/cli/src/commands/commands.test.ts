import { beforeEach, describe, expect, it } from '@jest/globals'
import { BOB, aChat, uuidOf } from '../../../../packages/sdk/test/examples.js'
import { ok, refuse } from '../../../../packages/sdk/test/scripted-server.js'
import { alice, chat, json, useHarness } from '../../test/harness.js'

const h = await useHarness()

describe('commands', () => {
  beforeEach(() => h.logIn())

  it('ask which, when a person and a chat have the name', async () => {
    h.answer('GET /api/v1/chats', ok([chat, aChat({ id: uuidOf(0xc5), name: 'Bob' })], {}))
    const { code, err } = await h.sup(['send', 'bob', 'x'])
    expect(code).toBe(2)
    expect(err).toContain('"#bob"')
  })

  it.each([
    [409, 'ALREADY_EXISTS', 5],
    [410, 'GONE', 4],
    [422, 'INVALID_INPUT', 1],
    [400, 'VALIDATION_ERROR', 2],
    [403, 'EDIT_WINDOW_EXPIRED', 3],
  ])('end with the exit code of %s %s', async (status, code, exit) => {
    h.answer(
      `PATCH /api/v1/messages/${BOB}`,
      refuse(status, code, { details: [{ path: 'content', message: 'why' }] }),
    )
    const { code: ended, err } = await h.sup(['edit', BOB, 'new'])
    expect(ended).toBe(exit)
    expect(err).toContain(`(${code}, request r1)`)
    expect(err).toContain('  content: why')
  })

  it('say when to try again after too many requests', async () => {
    h.answer(
      `POST /api/v1/messages/${BOB}/reactions`,
      refuse(429, 'RATE_LIMITED', { retryAfterMs: 61_000 }),
    )
    const { code, err } = await h.sup(['react', BOB, '👍'])
    expect(code).toBe(6)
    expect(err).toContain('Try again in 61 s.')
  })

  it('make the first administrator with the secret of the service', async () => {
    h.rest.on('POST /internal/v1/admin/bootstrap', ({ headers, body }) =>
      headers['x-internal-secret'] === 's3cret' && body.password === 'pass word'
        ? ok({ user: { ...alice, username: body.username, role: 'admin' } })
        : refuse(401, 'UNAUTHORIZED'),
    )
    const env = { MAIN_API_INTERNAL_URL: h.sockets.url, SERVICE_SECRET: 's3cret,older' }
    const args = ['admin', 'create', '--username', 'root', '--json']
    const { code, out } = await h.sup(args, { input: 'pass word\n', env })
    expect(code).toBe(0)
    expect(json(out)).toMatchObject({ user: { username: 'root', role: 'admin' } })
    expect((await h.sup(args, { input: 'x\n', env: { SUP_STATE_DIR: h.root } })).code).toBe(2)
  })

  it('call any endpoint by its name', async () => {
    const input = '{"params":{"id":"me"}}'
    const { out } = await h.sup(['dev', 'call', 'getUser', input, '--json'])
    expect(json(out)).toEqual({ status: 200, data: alice })
    expect((await h.sup(['dev', 'call', 'bootstrapAdmin'])).code).toBe(2)
    expect((await h.sup(['dev', 'endpoints'])).out).toMatch(
      /^sendMessage +POST +\/api\/v1\/messages /m,
    )
  })
})

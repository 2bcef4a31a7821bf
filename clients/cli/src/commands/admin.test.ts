import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { authResult, uuidOf } from '../../../../packages/sdk/test/examples.js'
import { ok, refuse } from '../../../../packages/sdk/test/scripted-server.js'
import { json, useHarness } from '../../test/harness.js'

const h = await useHarness()
beforeEach(() => h.logIn())

const AT = '2025-11-19T22:10:31.120Z'
const ID = uuidOf(7)
const letter = {
  id: ID,
  type: 'prune-sessions',
  routingKey: 'cleanup.run',
  reason: 'unknown\u001b[2J type',
  attempts: 1,
  buriedAt: AT,
  bytes: 86,
  sha256: 'ab'.repeat(32),
}
const REPLAY = 'POST /api/v1/admin/queues/cleanup/dead/replay'

describe('admin queues', () => {
  it('lists what waits', async () => {
    const queue = {
      name: 'cleanup',
      isDeclared: true,
      ready: 4,
      retry: 1,
      dead: 2,
      oldestDeadAt: AT,
      jobs: { waiting: 0, active: 1, delayed: 1, failed: 3 },
    }
    h.answer('GET /api/v1/admin/queues', ok([queue]))
    expect((await h.sup(['admin', 'queues', 'list'])).out).toMatch(/cleanup +4 +1 +2 +2 +3 +2025/)
    expect(json((await h.sup(['admin', 'queues', 'list', '--json'])).out)).toEqual({
      queues: [queue],
    })
  })

  it('shows dead letters, and nothing of them can move the cursor', async () => {
    h.answer('GET /api/v1/admin/queues/cleanup/dead', ok([letter]))
    const { code, out } = await h.sup(['admin', 'queues', 'show', 'cleanup', '--limit', '3'])
    expect(code).toBe(0)
    expect(out).toContain('unknown')
    expect(out).not.toContain('\u001b')
    const asked = h.rest.seen.at(-1)?.query
    expect([asked?.get('limit'), asked?.get('body')]).toEqual(['3', '0'])
    const { out: text } = await h.sup(['admin', 'queues', 'show', 'cleanup', '--body', '--json'])
    expect(json(text)).toEqual({ queue: 'cleanup', deadLetters: [letter] })
    expect(h.rest.seen.at(-1)?.query.get('body')).toBe('1')
  })

  it('replays the chosen ones and says which are not there', async () => {
    h.answer(REPLAY, ok({ replayed: [ID], missing: ['x'] }))
    const args = ['admin', 'queues', 'replay', 'cleanup', '--id', ID, 'x', '--json']
    expect(json((await h.sup(args)).out)).toEqual({
      queue: 'cleanup',
      replayed: [ID],
      missing: ['x'],
    })
    expect(h.rest.seen.at(-1)?.body).toEqual({ ids: [ID, 'x'] })
    await h.sup(['admin', 'queues', 'replay', 'cleanup', '--limit', '5'])
    expect(h.rest.seen.at(-1)?.body).toEqual({ limit: 5 })
  })

  it('gives the password again when the log-in is stale', async () => {
    let isFresh = false
    h.rest.on(REPLAY, () =>
      isFresh ? ok({ replayed: [ID], missing: [] }) : refuse(403, 'REAUTH_REQUIRED'),
    )
    h.rest.on('POST /api/v1/auth/reauth', ({ body }) => {
      isFresh = body.password === 'secret word'
      return ok({ freshUntil: AT })
    })
    const args = ['admin', 'queues', 'replay', 'cleanup', '--limit', '5']
    expect((await h.sup(args)).code).toBe(3)

    const file = join(h.root, 'admin-password')
    await writeFile(file, 'secret word\n')
    const { code, out } = await h.sup(args, { env: { SUP_PASSWORD_FILE: file } })
    expect([code, out]).toEqual([0, '1 went back to cleanup.\n'])
  })

  it.each([
    ['an unknown queue', ['queues', 'show', 'nothing'], 2],
    ['neither --limit nor --id', ['queues', 'replay', 'cleanup'], 2],
    ['both of them', ['queues', 'replay', 'cleanup', '--limit', '1', '--id', 'x'], 2],
    ['a wrong number', ['queues', 'show', 'cleanup', '--limit', 'all'], 2],
    ['a retry without its queue', ['jobs', '--retry', 'x'], 2],
    ['an unknown state', ['jobs', '--state', 'lost'], 2],
    ['an account that does not administer', ['queues', 'list'], 4],
    ['help', ['queues', 'replay', '-h'], 0],
  ])('with %s ends as it should', async (_name, args, code) => {
    expect((await h.sup(['admin', ...args])).code).toBe(code)
  })
})

describe('admin jobs', () => {
  it('lists failed ones and lets one begin anew', async () => {
    const job = {
      queue: 'cleanup',
      id: ID,
      name: 'prune-sessions',
      state: 'failed',
      attempts: 3,
      addedAt: AT,
      failedReason: 'no progress',
    }
    h.answer('GET /api/v1/admin/jobs', ok([job]))
    expect((await h.sup(['admin', 'jobs'])).out).toContain('no progress')
    expect(json((await h.sup(['admin', 'jobs', 'cleanup', '--json'])).out)).toEqual({ jobs: [job] })
    expect(h.rest.seen.at(-1)?.query.get('queue')).toBe('cleanup')

    h.answer(`POST /api/v1/admin/jobs/cleanup/${ID}/retry`, ok({}))
    const { out } = await h.sup(['admin', 'jobs', 'cleanup', '--retry', ID, '--json'])
    expect(json(out)).toEqual({ queue: 'cleanup', retried: ID })
  })
})

describe('pushes', () => {
  const entry = { at: AT, kind: 'message', state: 'skipped', reason: 'muted', chatId: ID, seq: 41 }
  const devices = [{ deviceId: ID, entries: [entry] }]

  it('says why none came', async () => {
    h.answer('GET /api/v1/notifications/log', ok(devices))
    expect((await h.sup(['pushes'])).out).toMatch(/message +skipped +muted +\S+ 41/)
    h.answer('GET /api/v1/notifications/log', ok([]))
    expect((await h.sup(['pushes'])).out).toBe('No pushes in the last 7 days.\n')
  })

  it('says it to administrators of anybody', async () => {
    h.answer(
      `GET /api/v1/users/${ID}`,
      ok({ ...authResult().user, id: ID, isContact: false, isBlocked: false }),
    )
    h.answer(`GET /api/v1/admin/users/${ID}/push-log`, ok(devices))
    const { out } = await h.sup(['admin', 'pushes', ID, '--json'])
    expect(json(out)).toEqual({ devices })
  })
})

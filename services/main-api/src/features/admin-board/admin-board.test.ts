import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import { redisUrl } from '@sup/service-kit/env'
import { createJobQueue } from '@sup/service-kit/jobs'
import { bootstrapAdmin, createBullLink, pruneSessions, reauthenticate } from '@sup/types'
import { randomUUID } from 'node:crypto'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { BOARD_PATH } from './board-pass.js'

const MINUTE_MS = 60_000
jest.setTimeout(60_000)

describe('the board of jobs', () => {
  const clock = testClock('2025-01-31T10:30:00.000Z')
  let api: TestApi
  let admin: TestPerson
  let bob: TestPerson

  beforeAll(async () => {
    api = await startTestApi({ clock })
    admin = await api.person('root')
    bob = await api.person('Bob')
    await api.service.call(bootstrapAdmin, { body: { username: admin.username } })
  })
  afterAll(() => api.stop())

  const open = (cookie: string, path = '/', method = 'GET'): Promise<Response> =>
    fetch(`${api.publicUrl}${BOARD_PATH}${path}`, { method, headers: { cookie } })
  /** The cookie that a link sets. */
  const link = async (): Promise<string> => {
    const { status, headers } = await admin.ask(createBullLink)
    expect(status).toBe(200)
    const [cookie = ''] = (headers['set-cookie'] ?? []) as string[]
    expect(cookie).toMatch(
      /^sup_board=[\w-]+; Path=\/api\/v1\/admin\/bull; Max-Age=300; HttpOnly; SameSite=Strict/,
    )
    return cookie.split(';')[0] ?? ''
  }

  it('is there for administrators with a link of the last five minutes, and for nobody else', async () => {
    expect((await bob.ask(createBullLink)).status).toBe(404)
    expect((await open('')).status).toBe(404)
    expect((await open('sup_board=nonsense')).status).toBe(404)
    const cookie = await link()
    const page = await open(cookie)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<div id="root">')
    clock.advance(5 * MINUTE_MS)
    expect((await open(cookie)).status).toBe(404)
  })

  it('shows jobs without what they are about, and changes nothing', async () => {
    const { config, log, metrics } = api.deps
    const jobs = createJobQueue({ name: 'cleanup', redisUrl: redisUrl(config), log, metrics })
    const jobId = randomUUID()
    const userId = randomUUID()
    const duty = { type: pruneSessions.name, occurredAt: '2025-01-31T10:30:00.000Z', userId }
    await jobs.add(pruneSessions, duty, { jobId })
    const cookie = await link()
    const shown = await (
      await open(cookie, '/api/queues?activeQueue=cleanup&status=waiting')
    ).text()
    expect(shown).toContain(jobId)
    expect(shown).not.toContain(userId)

    const refused = await open(cookie, `/api/queues/cleanup/${jobId}/clean`, 'PUT')
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect((await jobs.depth()).waiting).toBe(1)
    await jobs.close(1000)
  })

  it('closes with the role', async () => {
    const cookie = await link()
    await api.deps.db.none(`UPDATE users SET role = 'user' WHERE id = $1`, [admin.userId])
    expect((await open(cookie)).status).toBe(404)
    await api.deps.db.none(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.userId])
    await api.deps.db.none(
      `UPDATE sessions SET created_at = created_at - interval '16 minutes' WHERE user_id = $1`,
      [admin.userId],
    )
    expect((await admin.ask(createBullLink)).status).toBe(403)
    await admin.call(reauthenticate, { body: { password: admin.password } })
    expect((await open(await link())).status).toBe(200)
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { revokeOtherSessions } from '@sup/types'
import { type Stack, startStack } from '../../scripts/stack/stack.js'
import { ask } from '../support/database.js'
import { type Someone, join } from '../support/people.js'
import { until } from '../support/wait.js'

jest.setTimeout(180_000)

describe('duties while Redis is emptied', () => {
  let stack: Stack
  let alice: Someone
  beforeAll(async () => {
    const rates = { RATE_LIMIT_API_PER_MINUTE: '60000', RATE_LIMIT_AUTH_PER_MINUTE: '60000' }
    stack = await startStack({ kind: 'faults', quiet: true, env: { BCRYPT_ROUNDS: '4', ...rates } })
    alice = await join('Alice', [stack.publicUrl, stack.publicUrl])
  })
  afterAll(async () => {
    alice.close()
    await stack.stop()
  })

  const openRows = () =>
    ask<{ id: string }>(stack.databaseUrl, 'SELECT id FROM outbox WHERE finished_at IS NULL')

  it('finishes every outbox row, once its effect is in processed_jobs', async () => {
    const emptying = (async () => {
      for (let i = 0; i < 20; i++) {
        await stack.redis.flush()
        await new Promise((tick) => setTimeout(tick, 50))
      }
    })()
    await alice.client.call(revokeOtherSessions, {})
    await emptying

    await until('the outbox is empty', async () => (await openRows()).length === 0, 150_000)
    const rows = await ask<{ finished: boolean; done: string }>(
      stack.databaseUrl,
      `SELECT o.finished_at IS NOT NULL AS finished,
              (SELECT count(*) FROM processed_jobs p WHERE p.id = o.message_id::text) AS done
         FROM outbox o WHERE o.type = 'session.revoked'`,
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ finished, done }) => finished && Number(done) === 1)).toBe(true)
  })
})

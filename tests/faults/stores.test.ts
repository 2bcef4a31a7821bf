import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { openSocket } from '@sup/testkit'
import { revokeOtherSessions, revokeSession } from '@sup/types'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../support/database.js'
import { join } from '../support/people.js'
import { until, within } from '../support/wait.js'
import { type Scene, assertWhole, openScene } from './traffic.js'

jest.setTimeout(240_000)

/** No request may hang longer than this while a store is away. */
const ANSWER_MS = 6000
const DUTIES_MS = 150_000

type Row = { finished: boolean; done: number }

const DUTIES = `
  SELECT finished_at IS NOT NULL AS finished,
         (SELECT count(*)::int FROM processed_jobs p WHERE p.id = o.message_id::text) AS done
    FROM outbox o WHERE type = 'session.revoked'`

describe('a store goes away in the middle of traffic', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene()
  })
  afterAll(() => scene.stop())

  it('Redis is killed and comes back empty: nobody is logged out, nothing is lost', async () => {
    const { redis } = scene.stack
    const sessions = scene.people.map(({ client }) => client.session()?.sessionId)
    assertWhole(
      await scene.talkDuring(async () => {
        await redis.kill9()
        await redis.start()
        await redis.flush()
      }),
    )
    expect(scene.people.map(({ client }) => client.session()?.sessionId)).toEqual(sessions)
    for (const { client, userId } of scene.people) {
      expect((await client.accounts.me()).id).toBe(userId)
    }
  })

  it('Redis stays away: people go on talking', async () => {
    const { redis } = scene.stack
    await redis.kill9()
    try {
      assertWhole(await scene.talkDuring(() => sleep(3000)))
    } finally {
      await redis.start()
    }
  })

  it('PostgreSQL restarts: sends wait and are stored once', async () => {
    const { postgres } = scene.stack
    assertWhole(
      await scene.talkDuring(async () => {
        await postgres.kill('SIGINT')
        await sleep(1500)
        await postgres.start()
      }),
    )
  })

  it('PostgreSQL is killed: what was acknowledged is there', async () => {
    const { postgres } = scene.stack
    assertWhole(
      await scene.talkDuring(async () => {
        await postgres.kill('SIGKILL')
        await postgres.start()
      }),
    )
  })

  it('without PostgreSQL every answer is a retryable error, and soon', async () => {
    const { stack, people, chat } = scene
    const someone = await join('Waiting', [stack.publicUrl])
    const token = await tokenOf(someone.username, someone.password)
    const socket = openSocket({ url: stack.publicUrl, auth: { token, protocol: 1 } })
    await socket.next('authenticated')
    await stack.postgres.kill('SIGINT')
    try {
      const started = performance.now()
      const [read, sent] = await Promise.all([
        fetch(`${stack.publicUrl}/api/v1/chats`, { headers: { authorization: `Bearer ${token}` } }),
        socket.send('message', { chatId: chat.id, content: 'later' }),
      ])
      expect(performance.now() - started).toBeLessThan(ANSWER_MS)
      expect(read.status).toBe(503)
      expect(read.headers.get('retry-after')).not.toBeNull()
      expect(await read.json()).toMatchObject({
        error: { code: 'SERVICE_UNAVAILABLE', retryable: true },
      })
      expect(sent).toMatchObject({ ok: false, code: 'SERVICE_UNAVAILABLE', retryable: true })
    } finally {
      await stack.postgres.start()
      socket.close()
      someone.close()
    }
    await until('main-api works again', async () => {
      return (await people[0]?.client.chats.get(chat.id))?.id === chat.id
    })
  })

  it('RabbitMQ restarts: nobody notices, and duties are done when it is back', async () => {
    const { stack } = scene
    const someone = await join('Duty', [stack.publicUrl, stack.publicUrl])
    assertWhole(
      await scene.talkDuring(async () => {
        await stack.rabbitmq.kill('SIGKILL')
        await someone.client.call(revokeOtherSessions, {})
        await stack.rabbitmq.start()
      }),
    )
    await dutiesAreDone()
    someone.close()
  })

  it('Redis is emptied while jobs are under way: every duty is done once', async () => {
    const { stack } = scene
    const someone = await join('Duty', [stack.publicUrl, stack.publicUrl])
    const emptying = (async () => {
      for (let count = 0; count < 20; count += 1) {
        await stack.redis.flush()
        await sleep(50)
      }
    })()
    await someone.client.call(revokeOtherSessions, {})
    await emptying
    await dutiesAreDone()
    someone.close()
  })

  it('a revoked session is cut on sockets without Redis too', async () => {
    const [person] = scene.people
    const [first, second] = person?.devices ?? []
    if (!first || !second) throw new Error('nobody has two devices')
    await scene.stack.redis.kill9()
    try {
      const ended = new Promise<void>((resolve) => {
        second.client.on('state', ({ state }) => {
          if (state === 'ended') resolve()
        })
      })
      const sessionId = second.client.session()?.sessionId ?? ''
      await first.client.call(revokeSession, { params: { sessionId } })
      const started = performance.now()
      await within('the other device is cut', 3000, ended)
      expect(performance.now() - started).toBeLessThan(1000)
      expect(second.client.session()).toBeUndefined()
    } finally {
      await scene.stack.redis.start()
    }
  })

  it('ended no service', () => {
    expect(scene.deaths).toEqual([])
  })

  /** An outbox row is finished once its effect is in `processed_jobs`, and not before. */
  async function dutiesAreDone(): Promise<void> {
    const url = scene.stack.databaseUrl
    const rows = await until(
      'all duties are finished',
      async () => {
        const found = await ask<Row>(url, DUTIES)
        return found.length > 0 && found.every(({ finished }) => finished) ? found : undefined
      },
      DUTIES_MS,
    )
    expect(rows.every(({ done }) => done === 1)).toBe(true)
  }

  async function tokenOf(identifier: string, password: string): Promise<string> {
    const response = await fetch(`${scene.stack.publicUrl}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identifier, password }),
    })
    return ((await response.json()) as { data: { accessToken: string } }).data.accessToken
  }
})

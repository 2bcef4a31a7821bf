import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { RunningService } from '@sup/testkit'
import { type Cuttable, cuttable } from '../test/cuttable.js'
import { type TestGround, SLOWEST_MS, openGround } from '../test/start.js'
import { until } from '../test/until.js'

type Health = { status: string; service: string; checks: Record<string, string> }

jest.setTimeout(SLOWEST_MS)

/** The service as a process, as it runs in production. */
describe('worker-service', () => {
  let ground: TestGround
  let ways: Record<'redis' | 'rabbitmq', Cuttable>
  let worker: RunningService

  beforeAll(async () => {
    ground = await openGround()
    ways = {
      redis: await cuttable(ground.env['REDIS_URL'] ?? ''),
      rabbitmq: await cuttable(ground.env['RABBITMQ_URL'] ?? ''),
    }
    worker = await ground.startWorker({
      REDIS_URL: ways.redis.url,
      RABBITMQ_URL: ways.rabbitmq.url,
    })
  })
  afterAll(async () => {
    await ground.stop()
    await Promise.all(Object.values(ways).map((way) => way.close()))
  })

  const get = (path: string): Promise<Response> => fetch(`${worker.url}${path}`)
  const health = async (): Promise<Health> => (await (await get('/health')).json()) as Health

  it('reports its health', async () => {
    const answer = await until('it is healthy', async () => {
      const asked = await get('/health')
      return asked.status === 200 && asked
    })
    expect(await answer.json()).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      service: 'worker-service',
      version: '1.0.0',
      checks: { database: 'ok', redis: 'ok', rabbitmq: 'ok', storage: 'ok' },
    })
    expect(await (await get('/health/live')).json()).toEqual({ status: 'ok' })
    await until('it is ready', async () => (await get('/health/ready')).status === 200)
  })

  it('measures the queue, the outbox and itself', async () => {
    const text = await (await get('/metrics')).text()
    for (const state of ['ready', 'unacked', 'retry', 'dead']) {
      expect(text).toContain(`sup_queue_messages{queue="cleanup",state="${state}"}`)
    }
    for (const name of [
      'sup_outbox_pending 0',
      'sup_outbox_oldest_seconds 0',
      'sup_outbox_unknown 0',
      '# TYPE sup_jobs_total counter',
      '# TYPE sup_job_duration_seconds histogram',
      'sup_breaker_state{dependency="main-api"} 0',
    ]) {
      expect(text).toContain(name)
    }
  })

  it('answers what it does not serve in the envelope', async () => {
    const answer = await get('/api/v1/chats')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } })
  })

  it('can do its work without Redis, and not without RabbitMQ', async () => {
    ways.redis.cut()
    await until('Redis is missed', async () => (await health()).checks['redis'] === 'error')
    expect((await get('/health')).status).toBe(503)
    await until('it is ready', async () => (await get('/health/ready')).status === 200)

    ways.rabbitmq.cut()
    await until('RabbitMQ is missed', async () => (await get('/health/ready')).status === 503)
    expect((await get('/health/live')).status).toBe(200)

    ways.redis.heal()
    ways.rabbitmq.heal()
    await until('all is well', async () => (await get('/health')).status === 200)
  })

  it('starts without Redis, RabbitMQ and main-api, and stops within its time', async () => {
    await worker.stop()
    for (const way of Object.values(ways)) way.cut()
    const restarting = worker.restart()
    const isLive = (): Promise<boolean> =>
      get('/health/live').then(
        (answer) => answer.ok,
        () => false,
      )
    await until('it lives', isLive)
    for (const way of Object.values(ways)) way.heal()
    await restarting

    const begin = Date.now()
    await worker.stop()
    expect(Date.now() - begin).toBeLessThan(15_000)
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createLogger } from '@sup/service-kit/log'
import { createBlobs } from '@sup/service-kit/s3'
import {
  type RunningService,
  type TestDatabase,
  type TestRedis,
  createTestDatabase,
  redisDatabase,
  startService,
  systemVariables,
} from '@sup/testkit'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { readMediaConfig } from './config.js'
import { closeDeps, createDeps } from './deps.js'
import { startServer } from './server.js'

const SLOWEST_MS = 60_000
jest.setTimeout(SLOWEST_MS)

/** Asks until the answer has this status: on a busy machine a check may miss its second. */
async function answerWith(status: number, url: string): Promise<Response> {
  const limit = AbortSignal.timeout(SLOWEST_MS)
  for (;;) {
    const answer = await fetch(url, { signal: limit })
    if (answer.status === status) return answer
    await sleep(100, undefined, { signal: limit })
  }
}

/** The service as a process, as it runs in production. */
describe('media-service', () => {
  let database: TestDatabase
  let redis: TestRedis
  let service: RunningService

  beforeAll(async () => {
    database = await createTestDatabase()
    redis = await redisDatabase()
    const env = systemVariables({ database, redis })
    const blobs = createBlobs(readMediaConfig(env))
    await blobs.ensureBucket()
    blobs.close()
    service = await startService('media-service', env)
  })
  afterAll(async () => {
    await service.kill()
    await redis.release()
    await database.drop()
  })

  const log = createLogger({
    service: 'media-service',
    level: 'error',
    sink: new PassThrough().resume(),
  })
  const get = (path: string): Promise<Response> => fetch(`${service.url}${path}`)

  it('reports its health', async () => {
    const answer = await answerWith(200, `${service.url}/health`)
    expect(await answer.json()).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      service: 'media-service',
      version: '1.0.0',
      checks: { database: 'ok', redis: 'ok', storage: 'ok' },
    })
    expect(await (await get('/health/live')).json()).toEqual({ status: 'ok' })
    await answerWith(200, `${service.url}/health/ready`)
  })

  it('shows its metrics', async () => {
    const answer = await get('/metrics')
    expect(answer.headers.get('content-type')).toContain('text/plain')
    const text = await answer.text()
    expect(text).toContain('sup_service_info{service="media-service"} 1')
    expect(text).toContain('http_request_duration_seconds_count{')
  })

  it('answers what it does not know in the envelope', async () => {
    const answer = await get('/api/v1/nothing')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ success: false, error: { code: 'NOT_FOUND' } })
  })

  it('is not ready without its bucket, but lives', async () => {
    const env = systemVariables({ database, redis })
    const deps = createDeps(
      readMediaConfig({ ...env, S3_BUCKET: 'no-such-bucket', MEDIA_PORT: '0' }),
      { log },
    )
    const server = await startServer(deps)
    const url = `http://127.0.0.1:${server.port}`

    expect((await fetch(`${url}/health/ready`)).status).toBe(503)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    const health: unknown = await (await fetch(`${url}/health`)).json()
    expect(health).toMatchObject({ status: 'unhealthy', checks: { storage: 'error' } })
    await server.stop()
    await closeDeps(deps)
  })

  it('is not ready while it drains', async () => {
    const env = systemVariables({ database, redis })
    const deps = createDeps(readMediaConfig({ ...env, MEDIA_PORT: '0' }), { log })
    const server = await startServer(deps)
    const url = `http://127.0.0.1:${server.port}/health/ready`

    await answerWith(200, url)
    server.drain()
    expect((await fetch(url)).status).toBe(503)
    await server.stop()
    await closeDeps(deps)
  })

  it('stops when it is told to', async () => {
    await service.stop()
    expect(service.isRunning()).toBe(false)
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { outbox } from '@sup/service-kit/postgres'
import { randomUUID } from 'node:crypto'
import { type Recorder, recordCalls } from '../test/recorder.js'
import { type TestGround, SLOWEST_MS, openGround } from '../test/start.js'
import { until } from '../test/until.js'
import type { Deps } from './deps.js'
import { executeCleanup } from './features/cleanup/jobs.js'
import { consumeMedia } from './features/media/consumers.js'
import { executeMedia } from './features/media/jobs.js'

jest.setTimeout(SLOWEST_MS)

/** What media-service has to do because it owns the files; the calls are seen at the far end of the wire. */
describe('the jobs of media-service', () => {
  let ground: TestGround
  let mediaService: Recorder
  let deps: Deps
  beforeAll(async () => {
    ground = await openGround()
    // Two steps are needed each time.
    mediaService = await recordCalls(({ path }) => ({
      done: 1,
      remaining: mediaService.calls.filter((call) => call.path === path).length % 2,
    }))
    const publicUrl = new URL(mediaService.url)
    publicUrl.port = String(Number(publicUrl.port) - 10)
    deps = ground.deps({ config: { MEDIA_SERVICE_URL: publicUrl.origin } })
    executeMedia(deps)
    await consumeMedia(deps)
    deps.relay.start()
  })
  afterAll(async () => {
    await ground.stop()
    await mediaService.close()
  })

  const callsOf = (name: string) =>
    mediaService.calls.filter(({ path }) => path === `/internal/v1/jobs/${name}`)

  it('deletes the bytes of a deleted file, step by step', async () => {
    const [fileId, userId] = [randomUUID(), randomUUID()]
    const payload = { fileId, userId, s3Keys: [`media/${userId}/${fileId}.jpg`] }
    await outbox(deps.db).add('media.deleted', { key: userId, payload })
    await until('the duty is finished', () =>
      deps.db
        .one(
          'SELECT count(*) FROM outbox WHERE finished_at IS NOT NULL',
          [],
          (row: { count: number }) => row.count,
        )
        .then((finished) => finished === 1),
    )
    expect(callsOf('delete-media').map(({ body }) => body)).toEqual([
      { limit: 100, fileIds: [fileId] },
      { limit: 100, fileIds: [fileId] },
    ])
  })

  it('sweeps on its schedule, step by step', async () => {
    executeCleanup(deps, { sweepMedia: 1000 })
    await until('two sweeps', () => Promise.resolve(callsOf('sweep-media').length >= 4))
    expect(callsOf('sweep-media')[0]?.body).toEqual({ limit: 1000 })
    await until('a sweep is confirmed', () =>
      deps.db
        .oneOrNone(`SELECT 1 FROM processed_jobs WHERE name = 'sweep-media' LIMIT 1`)
        .then(Boolean),
    )
  })
})

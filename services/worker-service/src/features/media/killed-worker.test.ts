import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { derivativePrefix } from '@sup/types'
import type { RunningService } from '@sup/testkit'
import { createHash } from 'node:crypto'
import { bytesOf, upload } from '../../../test/files.js'
import { webmFilm } from '../../../test/media-files.js'
import { programsBelow } from '../../../test/memory.js'
import { type Recorder, recordCalls } from '../../../test/recorder.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'

jest.setTimeout(2 * SLOWEST_MS)

describe('a worker that is killed in the middle of a transcode', () => {
  let ground: TestGround
  let mainApi: Recorder
  let worker: RunningService
  let deps: Deps
  beforeAll(async () => {
    ground = await openGround()
    deps = ground.deps()
    mainApi = await recordCalls(() => ({}))
    worker = await ground.startWorker({ MAIN_API_INTERNAL_URL: mainApi.url })
  })
  afterAll(async () => {
    await ground.stop()
    await mainApi.close()
  })

  it('leaves nothing running, and the file is ready once afterwards', async () => {
    const file = await upload(deps, {
      type: 'video',
      mimeType: 'video/webm',
      bytes: await webmFilm(15, '640x480'),
    })
    const pid = worker.pid()
    const programs = await until('ffmpeg is at work', async () => {
      const names = await programsBelow(pid)
      return names.includes('ffmpeg') && names
    })
    expect(programs).toContain('bwrap')
    expect((await file.read()).state).toBe('processing')
    await worker.kill()
    await worker.restart()

    const row = await file.settled(2 * SLOWEST_MS)
    expect(row).toMatchObject({
      state: 'ready',
      mime_type: 'video/mp4',
      s3_key: `${derivativePrefix(file.id)}original.mp4`,
    })
    const served = await bytesOf(deps, row.s3_key)
    expect(createHash('sha256').update(served).digest('hex')).toBe(row.digest)
    expect(await deps.blobs.head(file.originalKey)).toBeUndefined()
    await until('its duty is finished', () =>
      deps.db
        .oneOrNone('SELECT 1 FROM outbox WHERE finished_at IS NULL')
        .then((unfinished) => unfinished === null),
    )
    const ready = mainApi.calls.filter(({ body }) => body['state'] === 'ready')
    expect(ready).toHaveLength(1)
    expect(
      await deps.db.one(
        'SELECT count(*) FROM processed_jobs',
        [],
        (found: { count: number }) => found.count,
      ),
    ).toBe(1)
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { derivativePrefix, thumbnailKey } from '@sup/types'
import { createHash, randomUUID } from 'node:crypto'
import sharp from 'sharp'
import { type Upload, bytesOf, upload } from '../../../test/files.js'
import {
  mp3Song,
  phoneFilm,
  phonePhoto,
  picture,
  webmFilm,
  webmVoice,
} from '../../../test/media-files.js'
import { type Recorder, recordCalls } from '../../../test/recorder.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import { consumeMedia } from './consumers.js'
import { executeMedia } from './jobs.js'

jest.setTimeout(SLOWEST_MS)

/** From the outbox row to the bucket and the row of the file, every store real. */
describe('an uploaded file', () => {
  let ground: TestGround
  let mainApi: Recorder
  let deps: Deps
  beforeAll(async () => {
    ground = await openGround()
    mainApi = await recordCalls(() => ({}))
    deps = ground.deps({
      config: { MAIN_API_INTERNAL_URL: mainApi.url },
      pace: { againAfterMs: 60_000, againAtMostMs: 60_000, standbyMs: 200, failedMs: 100 },
    })
    executeMedia(deps)
    await consumeMedia(deps)
    deps.relay.start()
  })
  afterAll(async () => {
    await ground.stop()
    await mainApi.close()
  })

  const told = (fileId: string) =>
    mainApi.calls.filter(({ path }) => path === `/internal/v1/media/${fileId}/state`)
  const lastTold = (fileId: string) =>
    until('its owner knows', () => {
      const body = told(fileId).at(-1)?.body
      return Promise.resolve(body?.['state'] !== 'processing' && body)
    })
  const process = async (what: Upload) => {
    const file = await upload(deps, what)
    return { ...file, row: await file.settled() }
  }
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

  it('that is a photo is served upright, without its place, with thumbnail and preview', async () => {
    const { id, originalKey, row } = await process({
      type: 'image',
      mimeType: 'image/jpeg',
      bytes: await phonePhoto(),
    })
    expect(row).toMatchObject({
      state: 'ready',
      width: 480,
      height: 640,
      mime_type: 'image/jpeg',
      thumbnail_s3_key: thumbnailKey(id),
      s3_key: `${derivativePrefix(id)}original.jpg`,
    })
    const served = await bytesOf(deps, row.s3_key)
    expect([served.length, sha256(served)]).toEqual([row.size_bytes, row.digest])
    expect((await sharp(served).metadata()).exif).toBeUndefined()
    expect(await sharp(await bytesOf(deps, thumbnailKey(id))).metadata()).toMatchObject({
      format: 'jpeg',
      width: 200,
      height: 200,
    })
    expect(await deps.blobs.head(`${derivativePrefix(id)}preview.jpg`)).toMatchObject({
      contentType: 'image/jpeg',
    })
    expect(await lastTold(id)).toMatchObject({ state: 'ready', width: 480, blurhash: row.blurhash })
    expect(await deps.blobs.head(originalKey)).toBeUndefined()
  })

  it('that has nothing to hide stays as it is', async () => {
    const bytes = await picture(300, 200).png().toBuffer()
    const { originalKey, row } = await process({ type: 'sticker', mimeType: 'image/png', bytes })
    expect(row).toMatchObject({ state: 'ready', s3_key: originalKey, digest: sha256(bytes) })
    expect((await bytesOf(deps, originalKey)).equals(bytes)).toBe(true)
  })

  it.each([
    ['a phone', 'video/mp4', () => phoneFilm()],
    ['a browser', 'video/webm', () => webmFilm()],
  ])('that is a film of %s becomes an MP4 with a poster', async (_what, mimeType, make) => {
    const { id, row } = await process({ type: 'video', mimeType, bytes: await make() })
    expect(row).toMatchObject({
      state: 'ready',
      mime_type: 'video/mp4',
      width: 320,
      height: 240,
      s3_key: `${derivativePrefix(id)}original.mp4`,
      thumbnail_s3_key: thumbnailKey(id),
    })
    expect(row.duration_ms).toBeGreaterThan(1900)
    const served = await bytesOf(deps, row.s3_key)
    expect([served.length, sha256(served)]).toEqual([row.size_bytes, row.digest])
    expect(await sharp(await bytesOf(deps, thumbnailKey(id))).metadata()).toMatchObject({
      width: 200,
    })
  })

  it('that is a voice becomes Opus with a waveform', async () => {
    const bytes = await webmVoice()
    const { id, row } = await process({ type: 'voice', mimeType: 'audio/webm', bytes })
    expect(row).toMatchObject({ state: 'ready', mime_type: 'audio/ogg', thumbnail_s3_key: null })
    expect(row.waveform).toHaveLength(64)
    expect((await bytesOf(deps, row.s3_key)).toString('latin1', 0, 4)).toBe('OggS')
    expect(await lastTold(id)).toMatchObject({ state: 'ready', waveform: row.waveform })
  })

  it('that is a song is measured and stays as it is', async () => {
    const bytes = await mp3Song()
    const { row } = await process({ type: 'audio', mimeType: 'audio/mpeg', bytes })
    expect(row).toMatchObject({ state: 'ready', digest: sha256(bytes) })
    expect(row.duration_ms).toBeGreaterThan(2900)
    expect(row.waveform).toHaveLength(64)
  })

  it('is told about at most once a second', async () => {
    const { id } = await process({
      type: 'video',
      mimeType: 'video/webm',
      bytes: await webmFilm(25, '640x480'),
    })
    await lastTold(id)
    const steps = told(id).filter(({ body }) => body['state'] === 'processing')
    expect(steps.length).toBeGreaterThan(2)
    const pauses = steps.slice(1).map(({ at }, index) => at - (steps[index]?.at ?? 0))
    // Measured at the other end of the wire.
    expect(Math.min(...pauses)).toBeGreaterThan(800)
  })

  it('is processed once, however often its message comes', async () => {
    const { id, userId, originalKey, row } = await process({
      type: 'image',
      mimeType: 'image/jpeg',
      bytes: await phonePhoto(),
    })
    await lastTold(id)
    const messageId = randomUUID()
    const body = { id: messageId, type: 'process-image', fileId: id, userId, s3Key: originalKey }
    const publish = () =>
      deps.duties.publish({
        routingKey: 'media.process',
        type: 'process-image',
        messageId,
        body: { ...body, occurredAt: '2025-01-31T10:30:00.000Z' },
      })
    await Promise.all([publish(), publish()])
    await until('it is confirmed', () =>
      deps.db.oneOrNone('SELECT 1 FROM processed_jobs WHERE id = $1', [messageId]).then(Boolean),
    )
    expect(
      await deps.db.one('SELECT s3_key, size_bytes, state FROM media_files WHERE id = $1', [id]),
    ).toEqual({
      s3_key: row.s3_key,
      size_bytes: row.size_bytes,
      state: 'ready',
    })
  })

  it('that was left half done by a worker is taken up', async () => {
    const bytes = await picture(300, 200).png().toBuffer()
    const { id, userId, originalKey, settled } = await upload(deps, {
      type: 'image',
      mimeType: 'image/png',
      bytes,
    })
    await settled()
    await deps.db.none(`UPDATE media_files SET state = 'processing' WHERE id = $1`, [id])
    await deps.duties.publish({
      routingKey: 'media.process',
      type: 'process-image',
      messageId: randomUUID(),
      // As the integration guide's programs write it: without id and time.
      body: { type: 'process-image', fileId: id, userId, s3Key: originalKey },
    })
    expect((await settled()).state).toBe('ready')
  })

  it('that is deleted while it is processed leaves nothing behind', async () => {
    const file = await upload(deps, {
      type: 'video',
      mimeType: 'video/webm',
      bytes: await webmFilm(10, '640x480'),
    })
    await until('it is processed', async () => (await file.read()).state === 'processing')
    await deps.db.none(
      `UPDATE media_files SET state = 'rejected', reject_reason = 'deleted', deleted_at = now() WHERE id = $1`,
      [file.id],
    )
    await until('the job is over', async () => (await deps.mediaJobs.depth()).active === 0)
    const derived = `${derivativePrefix(file.id)}original.mp4`
    for (const key of [thumbnailKey(file.id), derived]) {
      expect(await deps.blobs.head(key)).toBeUndefined()
    }
    expect((await file.read()).reject_reason).toBe('deleted')
  })

  it('gets another thumbnail when it is asked for', async () => {
    const bytes = await picture(300, 200).png().toBuffer()
    const file = await process({ type: 'image', mimeType: 'image/png', bytes })
    await deps.blobs.delete(thumbnailKey(file.id))
    await deps.duties.publish({
      routingKey: 'media.process',
      type: 'generate-thumbnail',
      messageId: randomUUID(),
      body: { type: 'generate-thumbnail', fileId: file.id, userId: file.userId },
    })
    await until('it is there', async () => Boolean(await deps.blobs.head(thumbnailKey(file.id))))
    expect(await file.read()).toMatchObject({ state: 'ready', s3_key: file.originalKey })
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { derivativePrefix, thumbnailKey } from '@sup/types'
import { randomBytes, randomUUID } from 'node:crypto'
import { png } from '../../../test/files.js'
import type { MediaClient } from '../../../test/media-client.js'
import { type TestMedia, startTestMedia } from '../../../test/start.js'

const DAY_MS = 86_400_000
jest.setTimeout(60_000)

let media: TestMedia
let alice: MediaClient
beforeAll(async () => {
  media = await startTestMedia()
  alice = await media.person('alice')
})
afterAll(() => media.stop())

const run = async (
  name: string,
  body: object = { limit: 100 },
): Promise<{ done: number; remaining: number }> => {
  const answer = await media.service(`/internal/v1/jobs/${name}`, body)
  expect(answer.status).toBe(200)
  return (answer.body as { data: { done: number; remaining: number } }).data
}
async function sweepAll(limit: number): Promise<number> {
  for (let steps = 1; steps < 100; steps++) {
    if ((await run('sweep-media', { limit })).remaining === 0) return steps
  }
  throw new Error('the sweep does not end')
}
const put = (key: string): Promise<void> =>
  media.deps.blobs.put(key, png(), { contentType: 'image/png' })
const stateOf = (id: string): Promise<unknown> =>
  media.deps.db.oneOrNone(
    `SELECT state, reject_reason AS reason, file_name AS name FROM media_files WHERE id = $1`,
    [id],
  )

describe('the internal listener', () => {
  it('wants the service secret', async () => {
    const answer = await media.service('/internal/v1/jobs/sweep-media', { limit: 1 }, 'wrong')
    expect(answer.status).toBe(401)
    expect(
      (await fetch(`${media.url}/internal/v1/jobs/sweep-media`, { method: 'POST' })).status,
    ).toBe(404)
  })
})

describe('delete-media', () => {
  it('removes all bytes of deleted files and leaves a tombstone', async () => {
    const file = await alice.store({ type: 'image', file: png() }, 'secret.png')
    const other = await alice.store({ type: 'image', file: png() })
    await put(thumbnailKey(file.id))
    await put(`${derivativePrefix(file.id)}preview.jpg`)
    expect((await alice.json('DELETE', `/${file.id}`)).status).toBe(200)
    expect((await alice.json('DELETE', `/${file.id}`)).status).toBe(404)
    expect((await alice.get(`/download/${file.id}`)).status).toBe(404)
    const rows: unknown = await media.deps.db.any(
      `SELECT payload ->> 'fileId' AS id FROM outbox WHERE type = 'media.deleted'`,
    )
    expect(rows).toEqual([{ id: file.id }])

    expect(await run('delete-media')).toEqual({ done: 1, remaining: 0 })
    expect(await run('delete-media')).toEqual({ done: 0, remaining: 0 })
    expect(await media.keys()).toEqual([`media/${alice.userId}/${other.id}.png`])
    expect(await stateOf(file.id)).toEqual({ state: 'rejected', reason: 'deleted', name: null })
  })

  it('deletes named files, such as those of a deleted message', async () => {
    const file = await alice.store({ type: 'image', file: png() })
    const step = await run('delete-media', { limit: 10, fileIds: [file.id, randomUUID()] })
    expect(step).toEqual({ done: 1, remaining: 0 })
    expect((await media.keys()).join()).not.toContain(file.id)
  })
})

describe('sweep-media', () => {
  it('keeps what is young, and ends what is old', async () => {
    const kept = await alice.store({ type: 'image', file: png() })
    const lost = await alice.store({ type: 'image', file: png() })
    await put(thumbnailKey(kept.id))
    const orphans = [
      `media/${alice.userId}/${randomUUID()}.png`,
      thumbnailKey(randomUUID()),
      `derivatives/${randomUUID()}/a.jpg`,
    ]
    for (const key of orphans) await put(key)
    const begun = await alice.json('POST', '/uploads', {
      type: 'file',
      mimeType: 'text/plain',
      sizeBytes: 20_000_000,
    })
    const { fileId, parts }: { fileId: string; parts: { url: string }[] } = begun.body.data
    await fetch(parts[0]?.url ?? '', { method: 'PUT', body: randomBytes(1000) })
    await media.deps.blobs.multipart.create(`media/${alice.userId}/forgotten`, {
      contentType: 'a/b',
    })
    await media.deps.blobs.delete(`media/${alice.userId}/${lost.id}.png`)

    await sweepAll(2)
    expect(await media.keys()).toEqual(expect.arrayContaining(orphans))
    expect(await stateOf(lost.id)).toMatchObject({ state: 'uploaded' })
    expect(await stateOf(fileId)).toMatchObject({ state: 'pending' })

    media.skip(2 * DAY_MS)
    await sweepAll(3)
    expect(await media.keys()).toEqual(expect.arrayContaining(orphans))
    expect(await stateOf(lost.id)).toMatchObject({ state: 'rejected', reason: 'lost' })
    expect(await stateOf(fileId)).toBeNull()
    expect(await media.deps.blobs.multipart.listOpen('media/', 100)).toEqual([])
    expect(media.lines()).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'The bytes of a file are lost' }),
    )

    media.skip(13 * DAY_MS)
    expect(await sweepAll(2)).toBeGreaterThan(2)
    const keys = await media.keys()
    for (const key of orphans) expect(keys).not.toContain(key)
    expect(keys).toEqual(
      expect.arrayContaining([`media/${alice.userId}/${kept.id}.png`, thumbnailKey(kept.id)]),
    )
    expect(await stateOf(kept.id)).toMatchObject({ state: 'uploaded' })
  })
})

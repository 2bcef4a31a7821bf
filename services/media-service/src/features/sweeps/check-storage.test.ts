import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type Output, type checkStorage, derivativePrefix, thumbnailKey } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { png } from '../../../test/files.js'
import type { MediaClient } from '../../../test/media-client.js'
import { type TestMedia, startTestMedia } from '../../../test/start.js'

jest.setTimeout(60_000)

let media: TestMedia
let alice: MediaClient
beforeAll(async () => {
  media = await startTestMedia()
  alice = await media.person('alice')
})
afterAll(() => media.stop())

const put = (key: string): Promise<void> =>
  media.deps.blobs.put(key, png(), { contentType: 'image/png' })
const stateOf = (id: string): Promise<unknown> =>
  media.deps.db.oneOrNone(`SELECT state, reject_reason AS reason FROM media_files WHERE id = $1`, [
    id,
  ])
async function sweep(): Promise<void> {
  for (let steps = 0; steps < 10; steps++) {
    const answer = await media.service('/internal/v1/jobs/sweep-media', { limit: 100 })
    if ((answer.body as { data: { remaining: number } }).data.remaining === 0) return
  }
  throw new Error('the sweep does not end')
}

describe('the check of the storage', () => {
  const check = async () => {
    const answer = await media.service('/internal/v1/storage/check', {})
    expect(answer.status).toBe(200)
    return (answer.body as { data: Output<typeof checkStorage> }).data
  }

  it('is clean when the bucket holds what the files say, and names what is too much or too little', async () => {
    const bytes = png()
    const file = await alice.store({ type: 'image', file: bytes })
    const lost = await alice.store({ type: 'image', file: bytes })
    await put(thumbnailKey(file.id))
    await put(`${derivativePrefix(file.id)}preview.jpg`)
    const clean = await check()
    expect(clean.check).toMatchObject({ isClean: true, missing: 0, orphans: { objects: 0 } })
    expect(clean.check.bucket).toEqual(clean.check.referenced)
    expect(clean.check.bucket.objects).toBe(4)
    expect(clean.users).toEqual([{ userId: alice.userId, files: 2, bytes: 2 * bytes.length }])

    await put(`media/${alice.userId}/${randomUUID()}.png`)
    await media.deps.blobs.delete(`media/${alice.userId}/${lost.id}.png`)
    media.skip(10_000)
    expect((await check()).check).toMatchObject({
      isClean: false,
      missing: 1,
      orphans: { objects: 1, bytes: bytes.length },
    })
  })

  it('finds files whose cleaned bytes lie among the derivatives, and the sweep does too', async () => {
    const file = await alice.store({ type: 'image', file: png() })
    const key = `${derivativePrefix(file.id)}original.png`
    await put(key)
    await media.deps.db.none('UPDATE media_files SET s3_key = $1 WHERE id = $2', [key, file.id])
    media.skip(2 * 3_600_000)
    await sweep()
    expect(await stateOf(file.id)).toMatchObject({ state: 'uploaded' })

    await media.deps.blobs.delete(key)
    await sweep()
    expect(await stateOf(file.id)).toMatchObject({ state: 'rejected', reason: 'lost' })
  })
})

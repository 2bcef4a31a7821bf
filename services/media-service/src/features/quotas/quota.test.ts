import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { type TestMedia, startTestMedia } from '../../../test/start.js'

const KB = 1024
jest.setTimeout(60_000)

describe('the quota of an account', () => {
  let media: TestMedia
  beforeAll(async () => {
    media = await startTestMedia({ env: { MEDIA_QUOTA_BYTES: String(100 * KB) } })
  })
  afterAll(() => media.stop())

  it('is never passed, however many come at once, and deleting makes room', async () => {
    const alice = await media.person('alice')
    const answers = await Promise.all(
      Array.from({ length: 16 }, () =>
        alice.upload({ type: 'file', encrypted: 'true', file: randomBytes(30 * KB) }),
      ),
    )
    const stored = answers.filter(({ status }) => status === 201)
    const refused = answers.filter(({ body }) => body.error?.code === 'QUOTA_EXCEEDED')
    expect([stored.length, refused.length]).toEqual([3, 13])
    expect((await alice.json('GET', '/quota')).body.data).toEqual({
      usedBytes: 90 * KB,
      limitBytes: 100 * KB,
      fileCount: 3,
      maxFileBytes: 104_857_600,
    })
    expect((await media.keys()).length).toBe(3)
    expect((await alice.json('DELETE', `/${stored[0]?.body.fileId}`)).status).toBe(200)
    await alice.store({ type: 'file', file: randomBytes(40 * KB) })
    const tooMuch = await alice.upload({ type: 'file', file: randomBytes(1) })
    expect(tooMuch.body.error?.code).toBe('QUOTA_EXCEEDED')
  })

  it('is reserved by uploads that are under way', async () => {
    const bob = await media.person('bob')
    const begin = (sizeBytes: number) =>
      bob.json('POST', '/uploads', { type: 'file', mimeType: 'text/plain', sizeBytes })
    const all = await Promise.all(Array.from({ length: 8 }, () => begin(40 * KB)))
    expect(all.filter(({ status }) => status === 201).length).toBe(2)
    const [uploadId] = all
      .filter(({ status }) => status === 201)
      .map(({ body }): string => body.data['uploadId'])
    expect((await bob.json('DELETE', `/uploads/${uploadId}`)).status).toBe(200)
    expect((await begin(60 * KB)).status).toBe(201)
  })
})

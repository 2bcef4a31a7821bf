import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { MediaFile, Output, createUpload } from '@sup/types'
import { randomBytes } from 'node:crypto'
import { png, sha256, svg } from '../../../test/files.js'
import type { MediaAnswer, MediaClient } from '../../../test/media-client.js'
import { type TestMedia, startTestMedia } from '../../../test/start.js'

const DAY_MS = 86_400_000
jest.setTimeout(60_000)

let media: TestMedia
let alice: MediaClient
let bob: MediaClient
beforeAll(async () => {
  media = await startTestMedia()
  alice = await media.person('alice')
  bob = await media.person('bob')
})
afterAll(() => media.stop())

type Begun = Output<typeof createUpload>
const codeOf = ({ status, body }: MediaAnswer): unknown[] => [status, body.error?.code]
const begin = async (body: object): Promise<Begun> =>
  (await alice.json('POST', '/uploads', body)).body.data
const complete = (id: string, body: object = {}): Promise<MediaAnswer> =>
  alice.json('POST', `/uploads/${id}/complete`, body)

async function sendForm({ url = '', fields = {} }: Begun, file: Buffer): Promise<number> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file]))
  return (await fetch(url, { method: 'POST', body: form })).status
}
const sendPart = async (url: string, bytes: Buffer): Promise<string> => {
  const answer = await fetch(url, { method: 'PUT', body: bytes })
  return answer.headers.get('etag') ?? ''
}

describe('an upload by a form', () => {
  const image = png(100)
  const announced = { type: 'image', mimeType: 'image/png', sizeBytes: image.length }

  it('goes past the server, is verified, and can be completed again', async () => {
    const upload = await begin({ ...announced, fileName: 'a/b.png', sha256: sha256(image) })
    expect(upload).toMatchObject({ method: 'POST', fields: { 'Content-Type': 'image/png' } })
    expect(codeOf(await complete(upload.uploadId))).toEqual([422, 'INVALID_INPUT'])
    expect(await sendForm(upload, image)).toBe(204)
    const done = await complete(upload.uploadId)
    const file: MediaFile = done.body.data
    expect([done.status, file.state, file.fileName]).toEqual([200, 'uploaded', 'b.png'])
    expect([file.id, file.sha256]).toEqual([upload.fileId, sha256(image)])
    expect((await complete(upload.uploadId)).body.data).toEqual(file)
    expect((await alice.json('GET', `/uploads/${upload.uploadId}`)).body.data).toEqual({
      state: 'uploaded',
      partsDone: [],
    })
    expect(codeOf(await alice.json('DELETE', `/uploads/${upload.uploadId}`))).toEqual([410, 'GONE'])
    const [row] = await media.deps.db.any<{ count: number }>(
      `SELECT count(*) FROM outbox WHERE type = 'media.uploaded' AND payload ->> 'fileId' = $1`,
      [file.id],
    )
    expect(row?.count).toBe(1)
  })

  it('takes exactly the announced key, type and length', async () => {
    const upload = await begin(announced)
    expect(await sendForm(upload, png(101))).toBe(400)
    expect(await sendForm(upload, png(99))).toBe(400)
    const changed = (field: string, value: string): Begun => ({
      ...upload,
      fields: { ...upload.fields, [field]: value },
    })
    expect(await sendForm(changed('key', 'media/other.png'), image)).toBe(403)
    expect(await sendForm(changed('Content-Type', 'text/html'), image)).toBe(403)
  })

  it.each([
    [
      'bytes of another kind',
      announced,
      Buffer.concat([svg, randomBytes(image.length - svg.length)]),
      415,
      'type',
    ],
    ['another digest', { ...announced, sha256: 'ab'.repeat(32) }, image, 422, 'digest'],
  ])('refuses %s, and removes them', async (_name, body, bytes, status, reason) => {
    const upload = await begin(body)
    expect(await sendForm(upload, bytes)).toBe(204)
    expect((await complete(upload.uploadId)).status).toBe(status)
    expect((await media.keys()).join()).not.toContain(upload.fileId)
    expect(codeOf(await complete(upload.uploadId))).toEqual([410, 'GONE'])
    const row: unknown = await media.deps.db.one(
      'SELECT state, reject_reason FROM media_files WHERE id = $1',
      [upload.fileId],
    )
    expect(row).toEqual({ state: 'rejected', reject_reason: reason })
  })

  it.each([
    [
      'an image that is SVG',
      { ...announced, mimeType: 'image/svg+xml' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a video that is an image', { ...announced, type: 'video' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['too many bytes', { ...announced, sizeBytes: 104_857_601 }, 413, 'PAYLOAD_TOO_LARGE'],
    ['no bytes', { ...announced, sizeBytes: 0 }, 400, 'VALIDATION_ERROR'],
  ])('is not begun for %s', async (_name, body, status, code) => {
    expect(codeOf(await alice.json('POST', '/uploads', body))).toEqual([status, code])
  })

  it('is seen and ended by nobody else, and over after a day', async () => {
    const { uploadId, fileId } = await begin(announced)
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/complete', {}],
      ['POST', '/parts', { partNumbers: [1] }],
    ] as const) {
      const answer = await bob.json(method, `/uploads/${uploadId}${path}`, body)
      expect(codeOf(answer)).toEqual([404, 'NOT_FOUND'])
    }
    expect((await alice.json('GET', `/${fileId}`)).status).toBe(404)
    media.skip(DAY_MS)
    // Tokens are older than a day now too; the store is asked directly.
    const [row] = await media.deps.db.any<{ over: boolean }>(
      'SELECT expires_at <= $2 AS over FROM media_uploads WHERE id = $1',
      [uploadId, media.deps.clock.now().toISOString()],
    )
    media.skip(-DAY_MS)
    expect(row?.over).toBe(true)
  })
})

describe('an upload in parts', () => {
  const bytes = Buffer.concat([randomBytes(1024), Buffer.alloc(17 * 1024 * 1024, 7)])
  const announced = {
    type: 'video',
    mimeType: 'video/mp4',
    sizeBytes: bytes.length,
    encrypted: true,
  }
  const slice = (partNumber: number, size: number): Buffer =>
    bytes.subarray((partNumber - 1) * size, partNumber * size)

  it('is resumed where it was interrupted, and verified', async () => {
    const { uploadId, fileId, method, partSize = 0, parts = [] } = await begin(announced)
    expect([method, partSize, parts.length]).toEqual(['MULTIPART', 8_388_608, 3])
    await sendPart(parts[0]?.url ?? '', slice(1, partSize))
    await sendPart(parts[2]?.url ?? '', slice(3, partSize))
    const state = await alice.json('GET', `/uploads/${uploadId}`)
    expect(state.body.data).toEqual({ state: 'pending', partsDone: [1, 3] })
    expect(
      codeOf(await alice.json('POST', `/uploads/${uploadId}/parts`, { partNumbers: [4] })),
    ).toEqual([422, 'INVALID_INPUT'])
    const fresh = await alice.json('POST', `/uploads/${uploadId}/parts`, { partNumbers: [2] })
    const { parts: [second] = [] }: { parts: { url: string }[] } = fresh.body.data
    await sendPart(second?.url ?? '', slice(2, partSize))
    const both = await Promise.all([
      complete(uploadId, { sha256: sha256(bytes) }),
      complete(uploadId, { sha256: sha256(bytes) }),
    ])
    // One completes; the other finds it running, or done.
    expect(both.map(({ status }) => status).sort()[0]).toBe(200)
    const file: MediaFile = (await complete(uploadId)).body.data
    expect(file).toMatchObject({
      id: fileId,
      state: 'ready',
      sha256: sha256(bytes),
      encrypted: true,
    })
  })

  it('is refused with wrong parts, and can be mended', async () => {
    const { uploadId, partSize = 0, parts = [] } = await begin(announced)
    const etags = await Promise.all(
      parts.map(async ({ partNumber, url }) => ({
        partNumber,
        etag: await sendPart(url, slice(partNumber, partSize)),
      })),
    )
    const wrong = etags.map((part) => ({ ...part, etag: '"00000000000000000000000000000000"' }))
    expect(codeOf(await complete(uploadId, { parts: wrong }))).toEqual([422, 'INVALID_INPUT'])
    expect((await complete(uploadId, { parts: etags })).status).toBe(200)
  })

  it('leaves nothing when it is given up', async () => {
    const { uploadId, fileId, partSize = 0, parts = [] } = await begin(announced)
    await sendPart(parts[0]?.url ?? '', slice(1, partSize))
    expect((await alice.json('DELETE', `/uploads/${uploadId}`)).status).toBe(200)
    expect(codeOf(await alice.json('GET', `/uploads/${uploadId}`))).toEqual([404, 'NOT_FOUND'])
    const open = await media.deps.blobs.multipart.listOpen('media/', 100)
    expect(open.map(({ key }) => key).join()).not.toContain(fileId)
  })
})

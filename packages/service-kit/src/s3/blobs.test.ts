import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { testServer } from '../../test/servers.js'
import { type Blobs, createBlobs } from './index.js'

const config = {
  S3_ENDPOINT: testServer('S3_ENDPOINT'),
  S3_REGION: 'us-east-1',
  S3_ACCESS_KEY: testServer('S3_ACCESS_KEY'),
  S3_SECRET_KEY: testServer('S3_SECRET_KEY'),
  S3_BUCKET: 'kit-test',
}
const about = { contentType: 'image/png' }

describe('createBlobs', () => {
  let blobs: Blobs
  const key = `kit/${randomUUID()}.bin`
  const bytes = randomBytes(100_000)
  beforeAll(async () => {
    blobs = createBlobs(config)
    await blobs.ensureBucket()
  })
  afterAll(async () => {
    await blobs.delete(key)
    blobs.close()
  })

  it('creates its bucket once and answers a ping', async () => {
    await blobs.ensureBucket()
    await blobs.ping()
  })

  it('keeps bytes and streams as they are', async () => {
    await blobs.put(key, bytes, about)
    const stored = await blobs.get(key)
    expect(stored).toMatchObject({ sizeBytes: bytes.length, contentType: 'image/png' })
    expect(stored && bytes.equals(await buffer(stored.body))).toBe(true)

    await blobs.put(key, Readable.from([bytes]), { ...about, sizeBytes: bytes.length })
    expect(await blobs.head(key)).toEqual({ sizeBytes: bytes.length, contentType: 'image/png' })
    const part = await blobs.get(key, { range: 'bytes=10-19' })
    expect(part && bytes.subarray(10, 20).equals(await buffer(part.body))).toBe(true)
  })

  it('finds nothing where nothing is', async () => {
    expect(await blobs.get('kit/none')).toBeUndefined()
    expect(await blobs.head('kit/none')).toBeUndefined()
    await blobs.delete('kit/none')
  })

  it('lets clients read by a URL that cannot be changed', async () => {
    await blobs.put(key, bytes, about)
    const url = await blobs.presignGet(key, { expiresInSeconds: 60 })
    const good = await fetch(url)
    expect(good.status).toBe(200)
    expect(good.headers.get('content-disposition')).toBe('attachment')
    expect(bytes.equals(Buffer.from(await good.arrayBuffer()))).toBe(true)
    expect((await fetch(url.replace('.bin', '.txt'))).status).toBe(403)
    expect((await fetch(url.split('?')[0] ?? '')).status).toBe(403)
  })

  it('lets clients write exactly what was announced', async () => {
    const small = Buffer.from('small')
    const url = await blobs.presignPut(key, {
      expiresInSeconds: 60,
      contentType: 'text/plain',
      sizeBytes: small.length,
    })
    const put = (body: Buffer, contentType: string) =>
      fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } })
    expect((await put(Buffer.from('too long'), 'text/plain')).status).toBe(403)
    expect((await put(small, 'text/html')).status).toBe(403)
    expect((await put(small, 'text/plain')).status).toBe(200)
    expect(await blobs.head(key)).toEqual({ sizeBytes: 5, contentType: 'text/plain' })
  })

  it('signs for the public endpoint', async () => {
    const other = createBlobs({ ...config, S3_PUBLIC_ENDPOINT: 'https://files.example' })
    expect(await other.presignGet(key, { expiresInSeconds: 60 })).toMatch(
      /^https:\/\/files\.example\/kit-test\/kit\//,
    )
    other.close()
  })

  it('is SERVICE_UNAVAILABLE when nobody is there, and a fault of ours with wrong keys', async () => {
    const nowhere = createBlobs({ ...config, S3_ENDPOINT: 'http://127.0.0.1:1' })
    await expect(nowhere.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    nowhere.close()
    const wrong = createBlobs({ ...config, S3_SECRET_KEY: 'wrong' })
    await expect(wrong.put(key, bytes, about)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
    wrong.close()
  })
})

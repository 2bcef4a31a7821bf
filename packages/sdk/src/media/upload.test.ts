import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { authResult, uuidOf } from '../../test/examples.js'
import {
  type Seen,
  type ScriptedServer,
  ok,
  refuse,
  startScriptedServer,
} from '../../test/scripted-server.js'
import { type Client, createClient } from '../client.js'
import { createMemoryStorage } from '../storage/memory-storage.js'
import type { Storage } from '../storage/storage.js'
import type { UploadOptions } from './upload.js'

const UPLOAD = uuidOf(0xa1)
const FILE = uuidOf(0xf1)
const EXPIRES = '2030-01-01T00:00:00.000Z'
const BYTES = Buffer.from('The quick brown fox jumps over the lazy dog')
const SHA256 = createHash('sha256').update(BYTES).digest('hex')
const PART_SIZE = 10

/** The API and the object store in one scripted server: failures that no real one makes to order. */
describe('an upload', () => {
  let server: ScriptedServer
  let storage: Storage
  let client: Client
  let progress: number[]

  beforeEach(async () => {
    server = await startScriptedServer()
    storage = createMemoryStorage()
    progress = []
    server.on('POST /api/v1/auth/login', () => ok(authResult()))
    server.on(`POST /api/v1/media/uploads/${UPLOAD}/complete`, () =>
      ok({ id: FILE, state: 'ready' }),
    )
    client = await createClient({ server: server.url, storage })
    await client.accounts.logIn({ identifier: 'alice', password: 'a secret word' })
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  const upload = (more: Partial<UploadOptions> = {}) =>
    client.media.upload(new Blob([BYTES]), {
      type: 'file',
      fileName: 'fox.txt',
      onProgress: ({ sentBytes }) => void progress.push(sentBytes),
      ...more,
    })
  const partUrl = (part: number): string => `${server.url}/store/${String(part)}`
  const seenAt = (route: string): Seen[] =>
    server.seen.filter(({ method, path }) => `${method} ${path}` === route)
  /** A server that takes parts of ten bytes and hands out the first two URLs. */
  const takeParts = (): void => {
    const parts = [1, 2].map((partNumber) => ({ partNumber, url: partUrl(partNumber) }))
    const begun = { uploadId: UPLOAD, fileId: FILE, expiresAt: EXPIRES }
    server.on('POST /api/v1/media/uploads', () =>
      ok({ ...begun, method: 'MULTIPART', partSize: PART_SIZE, parts }),
    )
    server.on(`POST /api/v1/media/uploads/${UPLOAD}/parts`, ({ body }) =>
      ok({
        parts: (body.partNumbers as number[]).map((partNumber) => ({
          partNumber,
          url: partUrl(partNumber),
        })),
      }),
    )
    for (let part = 1; part <= 5; part++)
      server.on(`PUT /store/${String(part)}`, () => ({ text: '' }))
  }

  it('of a small file is one form, its fields before its bytes', async () => {
    const fields = { key: 'media/x', policy: 'p' }
    const begun = { uploadId: UPLOAD, fileId: FILE, expiresAt: EXPIRES, method: 'POST', fields }
    server.on('POST /api/v1/media/uploads', () => ok({ ...begun, url: `${server.url}/store` }))
    server.on('POST /store', () => ({ status: 204, text: '' }))

    expect(await upload().done).toMatchObject({ id: FILE })
    expect(seenAt('POST /api/v1/media/uploads')[0]?.body).toEqual({
      type: 'file',
      fileName: 'fox.txt',
      mimeType: 'application/octet-stream',
      sizeBytes: BYTES.length,
      sha256: SHA256,
    })
    const form = seenAt('POST /store')[0]?.body as string
    expect(form.indexOf('media/x')).toBeGreaterThan(0)
    expect(form.indexOf(BYTES.toString())).toBeGreaterThan(form.indexOf('name="policy"'))
    expect(seenAt('POST /store')[0]?.headers.authorization).toBeUndefined()
    expect(progress).toEqual([BYTES.length])
  })

  it('of a large file goes in parts, asks for their URLs and tries a part again', async () => {
    takeParts()
    server.on('PUT /store/4', (_seen, count) =>
      count === 0 ? { status: 503, text: '' } : { text: '' },
    )

    await upload().done
    const sent = [1, 2, 3, 4, 5].map(
      (part) => seenAt(`PUT /store/${String(part)}`).at(-1)?.body as string,
    )
    expect(sent.join('')).toBe(BYTES.toString())
    expect(seenAt('PUT /store/4')).toHaveLength(2)
    expect(progress.at(-1)).toBe(BYTES.length)
    expect(seenAt(`POST /api/v1/media/uploads/${UPLOAD}/complete`)[0]?.body).toEqual({
      sha256: SHA256,
    })
    expect(await storage.list('uploads')).toEqual([])
  })

  it('that was paused is taken up by the next one of the same bytes', async () => {
    takeParts()
    const first = upload({
      onProgress: ({ sentBytes }) => {
        if (sentBytes > 0) first.pause()
      },
    })
    await expect(first.done).rejects.toThrow('The upload was paused')
    const partsDone = [1, 2, 3, 4, 5].filter(
      (part) => seenAt(`PUT /store/${String(part)}`).length > 0,
    )
    server.seen.splice(0)
    server.on(`GET /api/v1/media/uploads/${UPLOAD}`, () => ok({ state: 'pending', partsDone }))

    await upload().done
    expect(seenAt('POST /api/v1/media/uploads')).toHaveLength(0)
    // A part that was on its way when the upload was paused may arrive twice.
    const resent = server.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path)
    const missing = [1, 2, 3, 4, 5].filter((part) => !partsDone.includes(part))
    expect([...new Set(resent)].sort()).toEqual(missing.map((part) => `/store/${String(part)}`))
    expect(progress.at(-1)).toBe(BYTES.length)
  })

  it('begins anew when the server has forgotten it', async () => {
    takeParts()
    server.on('PUT /store/1', (_seen, count) =>
      count === 0 ? { status: 403, text: '' } : { text: '' },
    )
    await expect(upload().done).rejects.toMatchObject({ code: 'GONE' })
    server.on(`GET /api/v1/media/uploads/${UPLOAD}`, () => refuse(410, 'GONE'))

    await upload().done
    expect(seenAt('POST /api/v1/media/uploads')).toHaveLength(2)
  })

  it('that is cancelled leaves nothing behind', async () => {
    takeParts()
    server.on(`DELETE /api/v1/media/uploads/${UPLOAD}`, () => ok({}))
    const sent = new Promise<void>((resolve) => {
      server.on('PUT /store/1', () => {
        resolve()
        return { text: '' }
      })
    })
    const one = upload()
    const ended = expect(one.done).rejects.toThrow('The upload was cancelled')
    await sent
    await one.cancel()
    await ended
    expect(seenAt(`DELETE /api/v1/media/uploads/${UPLOAD}`)).toHaveLength(1)
    expect(await storage.list('uploads')).toEqual([])
  })

  it('with an encrypted thumbnail goes through the server', async () => {
    server.on('POST /api/v1/media/upload', () => ok({ id: FILE, state: 'ready' }))
    await upload({ type: 'image', encrypted: true, thumbnail: new Blob(['tiny']) }).done
    const [seen] = seenAt('POST /api/v1/media/upload')
    expect(seen?.headers.authorization).toBe('Bearer access-1')
    const form = seen?.body as string
    expect(form).toContain('name="encrypted"\r\n\r\ntrue')
    expect(form).toContain(SHA256)
    expect(form.indexOf('tiny')).toBeLessThan(form.indexOf(BYTES.toString()))
  })
})

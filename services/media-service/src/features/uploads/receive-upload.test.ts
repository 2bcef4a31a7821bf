import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { MediaFile } from '@sup/types'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { html, mp4, ogg, pdf, png, sha256, svg } from '../../../test/files.js'
import type { MediaAnswer, MediaClient } from '../../../test/media-client.js'
import { type TestMedia, startTestMedia } from '../../../test/start.js'

const MAX = 6 * 1024 * 1024
jest.setTimeout(60_000)

let media: TestMedia
let alice: MediaClient
beforeAll(async () => {
  media = await startTestMedia({ env: { MEDIA_MAX_BYTES: String(MAX) } })
  alice = await media.person('alice')
})
afterAll(() => media.stop())

const codeOf = ({ status, body }: MediaAnswer): unknown[] => [status, body.error?.code]
const rows = (): Promise<{ state: string }[]> =>
  media.deps.db.any('SELECT state FROM media_files WHERE user_id = $1', [alice.userId])
const outboxOf = (fileId: string): Promise<{ type: string; key: string; payload: object }[]> =>
  media.deps.db.any(
    `SELECT type, key, payload FROM outbox WHERE payload ->> 'fileId' = $1 ORDER BY id`,
    [fileId],
  )
/** Nothing of a refused upload may stay, neither bytes nor a row. */
async function expectNothingNew(run: () => Promise<unknown>): Promise<void> {
  const before = [await media.keys(), await rows()]
  await run()
  expect([await media.keys(), await rows()]).toEqual(before)
}

describe('POST /media/upload', () => {
  it('stores an image with its digest, and a duty to process it', async () => {
    const bytes = png(1000)
    const metadata = JSON.stringify({ width: 1, height: 1 })
    const answer = await alice.upload(
      { file: bytes, type: 'image', sha256: sha256(bytes), metadata },
      '../Säntis\u202e.png',
    )
    expect(answer.status).toBe(201)
    const file: MediaFile = answer.body.data
    expect(file).toMatchObject({
      userId: alice.userId,
      type: 'image',
      mimeType: 'image/png',
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      fileName: 'Säntis.png',
      encrypted: false,
      state: 'uploaded',
      width: 1,
      url: `http://localhost:8080/api/v1/media/download/${file.id}`,
    })
    expect([answer.body.fileId, answer.body.url]).toEqual([file.id, file.url])
    const key = `media/${alice.userId}/${file.id}.png`
    expect(await media.keys()).toContain(key)
    expect(await outboxOf(file.id)).toEqual([
      {
        type: 'media.uploaded',
        key: alice.userId,
        payload: {
          fileId: file.id,
          userId: alice.userId,
          type: 'image',
          mimeType: 'image/png',
          s3Key: key,
        },
      },
    ])
  })

  it('has an encrypted file ready at once, with its thumbnail and nothing known of it', async () => {
    const [bytes, thumbnail] = [randomBytes(5000), randomBytes(300)]
    const metadata = JSON.stringify({ width: 640, height: 480 })
    const file = await alice.store({
      type: 'video',
      encrypted: 'true',
      metadata,
      file: bytes,
      thumbnail,
    })
    expect(file).toMatchObject({
      mimeType: 'application/octet-stream',
      state: 'ready',
      type: 'video',
    })
    expect(file).not.toHaveProperty('width')
    expect(file.thumbnailUrl).toContain(`/thumbnail/${file.id}`)
    expect(await outboxOf(file.id)).toEqual([])
    const shown = await alice.get(`/thumbnail/${file.id}`)
    expect(shown.headers.get('content-type')).toBe('application/octet-stream')
    expect(thumbnail.equals(Buffer.from(await shown.arrayBuffer()))).toBe(true)
  })

  it.each([
    ['video', mp4(), 'video/mp4'],
    ['voice', ogg(), 'audio/ogg'],
    ['audio', mp4(), 'audio/mp4'],
    ['sticker', png(), 'image/png'],
    ['file', svg, 'application/octet-stream'],
    ['file', html, 'application/octet-stream'],
  ])('takes %s by its bytes', async (type, file, mimeType) => {
    expect(await alice.store({ file, type })).toMatchObject({ type, mimeType })
  })

  it('stores more than one part as it came', async () => {
    const bytes = randomBytes(MAX - 10)
    const file = await alice.store({ type: 'file', file: bytes })
    expect([file.sha256, file.state]).toEqual([sha256(bytes), 'ready'])
    const stored = await (await alice.get(`/download/${file.id}`)).arrayBuffer()
    expect(sha256(Buffer.from(stored))).toBe(file.sha256)
  })

  it.each([
    ['SVG as image', { type: 'image', file: svg }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['HTML as image', { type: 'image', file: html }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['PDF as image', { type: 'image', file: pdf }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['noise as video', { file: randomBytes(100), type: 'video' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'an image as voice',
      { type: 'voice', encrypted: 'false', file: png() },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'another digest',
      { type: 'image', sha256: 'ab'.repeat(32), file: png() },
      422,
      'INVALID_INPUT',
    ],
    ['a malformed digest', { type: 'image', sha256: 'ab', file: png() }, 400, 'VALIDATION_ERROR'],
    ['no file', { type: 'image' }, 400, 'VALIDATION_ERROR'],
    ['an empty file', { type: 'file', file: Buffer.alloc(0) }, 422, 'INVALID_INPUT'],
    ['no type', { file: png() }, 400, 'VALIDATION_ERROR'],
    ['an unknown type', { type: 'program', file: png() }, 400, 'VALIDATION_ERROR'],
    ['two files', { type: 'image', file: [png(), png()] }, 400, 'VALIDATION_ERROR'],
    [
      'a file under another name',
      { type: 'image', file: png(), extra: png() },
      400,
      'VALIDATION_ERROR',
    ],
    ['a field given twice', { type: ['image', 'file'], file: png() }, 400, 'VALIDATION_ERROR'],
    [
      'metadata that is no JSON',
      { type: 'image', metadata: '{', file: png() },
      400,
      'VALIDATION_ERROR',
    ],
    [
      'a long field',
      { type: 'image', metadata: 'x'.repeat(20_000), file: png() },
      400,
      'VALIDATION_ERROR',
    ],
    [
      'a thumbnail of a plain file',
      { type: 'image', file: png(), thumbnail: png() },
      422,
      'INVALID_INPUT',
    ],
    [
      'a large thumbnail',
      { type: 'image', encrypted: 'true', file: png(), thumbnail: randomBytes(300_000) },
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    ['one byte too many', { type: 'file', file: Buffer.alloc(MAX + 1) }, 413, 'PAYLOAD_TOO_LARGE'],
    ['far too many', { type: 'file', file: Buffer.alloc(3 * MAX) }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses %s and leaves nothing', async (_name, fields, status, code) => {
    await expectNothingNew(async () => {
      expect(codeOf(await alice.upload(fields))).toEqual([status, code])
    })
  })

  it('refuses a thousand fields', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, 'x']))
    await expectNothingNew(async () => {
      expect(codeOf(await alice.upload({ ...many, type: 'image', file: png() }))).toEqual([
        400,
        'VALIDATION_ERROR',
      ])
    })
  })

  it('refuses what is no form, a form without boundary, and nobody', async () => {
    const post = async (headers: Record<string, string>): Promise<unknown> => {
      const answer = await fetch(`${media.url}/api/v1/media/upload`, {
        method: 'POST',
        headers,
        body: 'x',
      })
      return [answer.status, ((await answer.json()) as MediaAnswer['body']).error?.code]
    }
    const authorization = `Bearer ${alice.token}`
    const unsupported = [415, 'UNSUPPORTED_MEDIA_TYPE']
    expect(await post({ authorization, 'content-type': 'application/json' })).toEqual(unsupported)
    expect(await post({ authorization, 'content-type': 'multipart/form-data' })).toEqual(
      unsupported,
    )
    const form = { 'content-type': 'multipart/form-data; boundary=x' }
    expect(await post(form)).toEqual([401, 'UNAUTHORIZED'])
    expect(await post({ authorization, ...form })).toEqual([400, 'VALIDATION_ERROR'])
  })

  it('stops a stream of unknown length at the limit', async () => {
    await expectNothingNew(async () => {
      const answer = await sendRaw(chunked(2 * MAX))
      expect(answer).toContain('413 Payload Too Large')
    })
  })

  it.each([
    ['in the middle of a file', 4 * 1024 * 1024],
    ['in the second part', 5.5 * 1024 * 1024],
  ])('leaves nothing of a connection that breaks %s', async (_name, bytes) => {
    await expectNothingNew(async () => {
      await sendRaw(head(MAX).concat(filePart(), 'x'.repeat(bytes)), 'break')
      const deadline = Date.now() + 20_000
      while ((await rows()).some(({ state }) => state === 'pending') && Date.now() < deadline) {
        await sleep(50)
      }
    })
  })

  it('refuses a body that ends before its form does', async () => {
    await expectNothingNew(async () => {
      const body = filePart().concat('x'.repeat(100_000))
      const answer = await sendRaw(head(body.length).concat(body))
      expect(answer).toContain('400 Bad Request')
    })
  })

  const head = (length: number | undefined): string =>
    [
      'POST /api/v1/media/upload HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${alice.token}`,
      'Content-Type: multipart/form-data; boundary=bb',
      length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`,
      'Connection: close',
      '\r\n',
    ].join('\r\n')
  const filePart = (): string =>
    '--bb\r\nContent-Disposition: form-data; name="type"\r\n\r\nfile\r\n' +
    '--bb\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
  const chunked = (bytes: number): string => {
    const part = filePart()
    return `${head(undefined)}${part.length.toString(16)}\r\n${part}\r\n${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`
  }

  /** Sends these bytes and resolves with the answer, or breaks off as soon as they are out. */
  const sendRaw = (text: string, then: 'break' | 'wait' = 'wait'): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(media.url).port), '127.0.0.1')
      let answer = ''
      socket.on('data', (chunk) => (answer += chunk.toString()))
      socket.on('error', () => undefined)
      socket.on('close', () => {
        resolve(answer)
      })
      socket.write(text, () => {
        if (then === 'break') setTimeout(() => socket.resetAndDestroy(), 300)
      })
    })
})

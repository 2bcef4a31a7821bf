import { beforeEach, describe, expect, it } from '@jest/globals'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ALICE, AT, aMessage, uuidOf } from '../../../../packages/sdk/test/examples.js'
import { ok, refuse } from '../../../../packages/sdk/test/scripted-server.js'
import { json, useHarness } from '../../test/harness.js'

const h = await useHarness()
const FILE = uuidOf(0xf1)
const UPLOAD = uuidOf(0xa1)
const TEXT = 'four paper boats'

const file = {
  id: FILE,
  fileId: FILE,
  userId: ALICE,
  type: 'file',
  mimeType: 'application/octet-stream',
  sizeBytes: TEXT.length,
  fileName: 'boats.txt',
  sha256: 'ab'.repeat(32),
  encrypted: false,
  state: 'ready',
  url: `http://localhost/api/v1/media/download/${FILE}`,
  createdAt: AT,
}

describe('files', () => {
  let path: string
  beforeEach(async () => {
    await h.logIn()
    path = join(h.home, 'boats.txt')
    await writeFile(path, TEXT)
    h.rest.on('POST /api/v1/media/uploads', () =>
      ok({
        uploadId: UPLOAD,
        fileId: FILE,
        method: 'POST',
        url: `${h.rest.url}/store`,
        fields: { key: 'media/x' },
        expiresAt: AT,
      }),
    )
    h.rest.on('POST /store', () => ({ status: 204, text: '' }))
    h.rest.on(`POST /api/v1/media/uploads/${UPLOAD}/complete`, () => ok(file))
    h.rest.on(`GET /api/v1/media/${FILE}`, () => ok(file))
    h.rest.on('POST /api/v1/messages', ({ body }) =>
      ok(aMessage({ seq: 4, clientMessageId: body.clientMessageId })),
    )
  })

  const sent = (): unknown => h.rest.seen.findLast(({ path }) => path === '/api/v1/messages')?.body

  it('are sent, with a text or without', async () => {
    expect((await h.sup(['send', 'bob', '--file', path, 'look'])).code).toBe(0)
    expect(sent()).toMatchObject({ type: 'file', content: 'look', attachments: [FILE] })
    const store = h.rest.seen.find(({ path }) => path === '/store')?.body as string
    expect(store).toContain(TEXT)

    const { out } = await h.sup(['send', 'bob', '--file', path, '--file', path, '--json'])
    expect(json(out)).toMatchObject({ message: { seq: 4 } })
    expect(sent()).toMatchObject({ attachments: [FILE, FILE] })
    expect(sent()).not.toHaveProperty('content')
  })

  it('that are not there, or are folders or empty, are named before anything is sent', async () => {
    const before = h.rest.seen.length
    const missing = await h.sup(['send', 'bob', '--file', join(h.home, 'none.txt')])
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('There is no file') })
    expect((await h.sup(['send', 'bob', '--file', h.home])).err).toContain('is not a file')
    const empty = join(h.home, 'empty')
    await writeFile(empty, '')
    expect((await h.sup(['send', 'bob', '--file', empty])).err).toContain('is empty')
    const posts = h.rest.seen.slice(before).filter(({ path }) => path.includes('media'))
    expect(posts).toEqual([])
  })

  it('are downloaded, never over another file unless told to', async () => {
    const route = `GET /api/v1/media/download/${FILE}`
    const headers = { 'content-type': 'application/octet-stream' }
    h.rest.on(route, () => ({ text: TEXT, headers }))
    const target = join(h.home, 'out.txt')
    const { out } = await h.sup(['media', 'get', FILE, '--out', target, '--json'])
    expect(json(out)).toEqual({ fileId: FILE, path: target, sizeBytes: TEXT.length })
    expect(await readFile(target, 'utf8')).toBe(TEXT)

    expect((await h.sup(['media', 'get', FILE, '--out', target])).code).toBe(5)
    expect((await h.sup(['media', 'get', FILE, '--out', target, '--force'])).code).toBe(0)
    expect((await h.sup(['media', 'get', FILE, '--out', '-'])).out).toBe(TEXT)
  })

  it('go on where a download was cut off', async () => {
    const target = join(h.home, 'again.txt')
    const part = `${target}.${FILE}.part`
    await writeFile(part, TEXT.slice(0, 5))
    h.rest.on(`GET /api/v1/media/download/${FILE}`, ({ headers }) => {
      expect(headers.range).toBe('bytes=5-')
      const range = `bytes 5-${String(TEXT.length - 1)}/${String(TEXT.length)}`
      return { status: 206, text: TEXT.slice(5), headers: { 'content-range': range } }
    })
    expect((await h.sup(['media', 'get', FILE, '--out', target])).code).toBe(0)
    expect(await readFile(target, 'utf8')).toBe(TEXT)
    await expect(stat(part)).rejects.toThrow('ENOENT')
  })

  it('are described and deleted', async () => {
    expect((await h.sup(['media', 'info', FILE])).out).toBe(
      'boats.txt\nfile, application/octet-stream, 16 B\nready\n',
    )
    h.rest.on(`DELETE /api/v1/media/${FILE}`, (_seen, count) =>
      count === 0 ? ok({}) : refuse(404, 'NOT_FOUND'),
    )
    expect((await h.sup(['media', 'delete', FILE])).out).toBe('deleted\n')
    expect((await h.sup(['media', 'delete', FILE])).code).toBe(4)
    const quota = { usedBytes: 1536, limitBytes: 5_368_709_120, fileCount: 2, maxFileBytes: 1 }
    h.answer('GET /api/v1/media/quota', ok(quota))
    expect((await h.sup(['media', 'quota'])).out).toBe('1.5 KiB of 5.0 GiB used by 2 files\n')
  })
})

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { call } from '@sup/testkit'
import { type MediaFile, logOut, thumbnailKey } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { html, png } from '../../../test/files.js'
import type { MediaClient } from '../../../test/media-client.js'
import { type TestMedia, startTestMedia } from '../../../test/start.js'
import { readRange } from './byte-range.js'

jest.setTimeout(60_000)

let media: TestMedia
let alice: MediaClient
let bob: MediaClient
let file: MediaFile
const bytes = png(10_000)
beforeAll(async () => {
  media = await startTestMedia()
  alice = await media.person('alice')
  bob = await media.person('bob')
  file = await alice.store({ type: 'image', file: bytes }, 'Ein "Bild" (1).png')
})
afterAll(() => media.stop())

const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer())

describe('GET /media/download/:fileId', () => {
  it('gives the bytes with headers that make them harmless', async () => {
    const answer = await alice.get(`/download/${file.id}`)
    expect(answer.status).toBe(200)
    expect(bytes.equals(await bytesOf(answer))).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'content-disposition': "inline; filename*=UTF-8''Ein%20%22Bild%22%20%281%29.png",
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=3600',
      'accept-ranges': 'bytes',
      etag: `"${file.sha256}"`,
    })
  })

  it('serves HTML as a file to save only', async () => {
    const page = await alice.store({ type: 'file', file: html }, 'page.html')
    const { headers } = await alice.get(`/download/${page.id}`)
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''page.html")
  })

  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=100-', 100, 10_069],
    ['bytes=-5', 10_065, 10_069],
    ['bytes=10060-99999', 10_060, 10_069],
  ])('gives the part %s', async (range, first, last) => {
    const answer = await alice.get(`/download/${file.id}`, { range })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${last}/${bytes.length}`)
    expect(answer.headers.get('content-length')).toBe(String(last - first + 1))
    expect(bytes.subarray(first, last + 1).equals(await bytesOf(answer))).toBe(true)
  })

  it('says that there are no such bytes', async () => {
    const answer = await alice.get(`/download/${file.id}`, { range: 'bytes=10070-' })
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.length}`)
    expect(await answer.json()).toMatchObject({ error: { code: 'RANGE_NOT_SATISFIABLE' } })
  })

  it('knows versions', async () => {
    const etag = `"${file.sha256}"`
    const known = await alice.get(`/download/${file.id}`, { 'if-none-match': `W/${etag}` })
    expect([known.status, await known.text()]).toEqual([304, ''])
    const range = 'bytes=0-1'
    const other = await alice.get(`/download/${file.id}`, { range, 'if-range': '"other"' })
    expect([other.status, (await bytesOf(other)).length]).toEqual([200, bytes.length])
    expect((await alice.get(`/download/${file.id}`, { range, 'if-range': etag })).status).toBe(206)
  })

  it('leads to the store on demand, without a token and for a while', async () => {
    const answer = await alice.get(`/download/${file.id}?redirect=1`)
    expect(answer.status).toBe(302)
    const direct = await fetch(answer.headers.get('location') ?? '')
    expect(bytes.equals(await bytesOf(direct))).toBe(true)
    expect(direct.headers.get('content-type')).toBe('image/png')
    const { body } = await alice.json('GET', `/${file.id}/url`)
    expect(body.data).toMatchObject({ expiresIn: 3600 })
  })

  it('answers HEAD without the bytes', async () => {
    const answer = await fetch(`${media.url}/api/v1/media/download/${file.id}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${alice.token}` },
    })
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '10070'])
  })

  it('shows strangers nothing, as if there were nothing', async () => {
    const paths = ['/download/ID', '/thumbnail/ID', '/ID', '/ID/url']
    for (const path of paths) {
      const [foreign, missing] = await Promise.all(
        [file.id, randomUUID()].map(async (id) => {
          const answer = await bob.json('GET', path.replace('ID', id))
          return [answer.status, answer.body.error?.code, answer.body.error?.details]
        }),
      )
      expect(foreign).toEqual([404, 'NOT_FOUND', undefined])
      expect(missing).toEqual(foreign)
    }
    expect((await bob.json('DELETE', `/${file.id}`)).status).toBe(404)
  })

  it('has the thumbnail when it is made, and says the state until then', async () => {
    const none = await alice.json('GET', `/thumbnail/${file.id}`)
    expect([none.status, none.body.error?.details]).toEqual([404, { state: 'uploaded' }])
    const key = thumbnailKey(file.id)
    await media.deps.blobs.put(key, png(), { contentType: 'image/jpeg' })
    await media.deps.db.none('UPDATE media_files SET thumbnail_s3_key = $2 WHERE id = $1', [
      file.id,
      key,
    ])
    const answer = await alice.get(`/thumbnail/${file.id}`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    const { body } = await alice.json('GET', `/${file.id}/url?variant=thumbnail`)
    const { url }: { url: string } = body.data
    expect((await fetch(url)).status).toBe(200)
  })

  it('counts what goes out', async () => {
    const text = await (await fetch(`${media.url}/metrics`)).text()
    expect(text).toMatch(/^sup_media_bytes_total\{.*direction="download".*\} [1-9]/m)
    expect(text).toMatch(/^sup_media_files_total\{.*type="image".*result="stored".*\} [1-9]/m)
  })

  it('lets nobody in whose session has ended', async () => {
    const carol = await media.person('carol')
    expect((await carol.json('GET', '/quota')).status).toBe(200)
    await call({ url: media.system.mainApis[0].url, token: carol.token }, logOut, { body: {} })
    const deadline = Date.now() + 10_000
    let answer = await carol.json('GET', '/quota')
    while (answer.status === 200 && Date.now() < deadline) {
      await sleep(50)
      answer = await carol.json('GET', '/quota')
    }
    expect([answer.status, answer.body.error?.details]).toEqual([
      401,
      { reason: 'session_revoked' },
    ])
  })
})

describe('readRange', () => {
  it.each([
    [undefined, undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=5-4', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=-99', { first: 0, last: 9 }],
    ['bytes=9-9', { first: 9, last: 9 }],
  ])('reads %s', (header, range) => {
    expect(readRange(header, 10)).toEqual(range)
  })
})

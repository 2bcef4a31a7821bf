import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { SVG, gif, gifPage, phonePhoto, picture, pngBomb } from '../../../test/media-files.js'
import { SLOWEST_MS } from '../../../test/start.js'
import type { ImageResult } from './image.js'
import { makeImage, readableForImages } from './make-image.js'
import { type Sandbox, openSandbox } from './sandbox.js'

jest.setTimeout(SLOWEST_MS)

/** By the process that does it in production, shut in. */
describe('makeImage', () => {
  let sandbox: Sandbox
  let folder: string
  beforeAll(async () => {
    sandbox = await openSandbox([process.execPath, '--version'], readableForImages())
    folder = await mkdtemp(join(tmpdir(), 'sup-media-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const render = async (bytes: Uint8Array, mimeType: string): Promise<ImageResult> => {
    await writeFile(join(folder, 'input'), bytes)
    return makeImage(sandbox, folder, { mimeType, source: 'original' })
  }
  const made = (name: string): Promise<Buffer> => readFile(join(folder, name))

  it('turns a phone photo upright and leaves out where it was taken', async () => {
    const photo = await phonePhoto()
    expect((await sharp(photo).metadata()).exif).toBeDefined()
    const result = await render(photo, 'image/jpeg')
    expect(result).toMatchObject({ width: 480, height: 640, isCleaned: true })
    expect(result.blurhash).toMatch(/^[\w#$%*+,\-.:;=?@[\]^{|}~]{6,}$/)

    const clean = await sharp(await made('clean')).metadata()
    expect(clean).toMatchObject({ format: 'jpeg', width: 480, height: 640 })
    expect(clean.exif).toBeUndefined()
    expect(clean.orientation).toBeUndefined()
    expect(await sharp(await made('thumbnail.jpg')).metadata()).toMatchObject({
      format: 'jpeg',
      width: 200,
      height: 200,
    })
    const preview = await sharp(await made('preview.jpg')).metadata()
    expect(preview).toMatchObject({ format: 'jpeg', width: 480, height: 640 })
    expect(preview.exif).toBeUndefined()
  })

  it.each([
    ['image/png', () => picture(3000, 2000).png().toBuffer()],
    ['image/webp', () => picture().webp().toBuffer()],
    ['image/avif', () => picture(200, 100).avif({ effort: 0 }).toBuffer()],
    ['image/gif', () => Promise.resolve(gif(20, 10, 3))],
  ])('takes %s as it is when nothing but pixels is in it', async (mimeType, make) => {
    expect(await render(await make(), mimeType)).toMatchObject({ isCleaned: false })
  })

  it('makes the preview of a large picture smaller', async () => {
    await render(await picture(3000, 2000).png().toBuffer(), 'image/png')
    expect(await sharp(await made('preview.jpg')).metadata()).toMatchObject({
      width: 1600,
      height: 1067,
    })
  })

  it('drops what hangs on behind the picture', async () => {
    const png = await picture(20, 20).png().toBuffer()
    const result = await render(Buffer.concat([png, Buffer.from('PK\x03\x04')]), 'image/png')
    expect(result.isCleaned).toBe(true)
    expect((await made('clean')).includes('PK')).toBe(false)
  })

  it('keeps an animation that it cleans', async () => {
    const frames = await Promise.all(
      ['#f00', '#0f0', '#00f'].map((background) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    )
    const webp = await sharp(frames, { join: { animated: true } })
      .webp({ delay: [100, 100, 100] })
      .withExif({ IFD0: { Make: 'Testphone' } })
      .toBuffer()
    expect(await render(webp, 'image/webp')).toEqual(
      expect.objectContaining({ width: 40, height: 30, isCleaned: true }),
    )
    expect(await sharp(await made('clean')).metadata()).toMatchObject({ pages: 3 })
  })

  const cut = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length * 0.6))
  const jpeg = () => picture(800, 600).jpeg().toBuffer()
  it.each<[string, string, string, () => Promise<Buffer> | Buffer]>([
    ['a pixel bomb', 'too_many_pixels', 'image/png', () => pngBomb()],
    ['a canvas bomb', 'too_many_pixels', 'image/gif', () => gif(65_535, 65_535, 1)],
    ['a frame bomb', 'too_many_frames', 'image/gif', () => gif(10, 10, 1001)],
    ['frames without end', 'too_many_frames', 'image/gif', () => gif(6000, 6000, 100)],
    ['a picture that is a page', 'wrong_type', 'image/gif', () => gifPage()],
    ['an SVG', 'wrong_type', 'image/png', () => SVG],
    ['another format', 'wrong_type', 'image/png', jpeg],
    ['a TIFF', 'wrong_type', 'image/png', () => picture(9, 9).tiff().toBuffer()],
    ['a cut JPEG', 'damaged', 'image/jpeg', async () => cut(await jpeg())],
    ['a cut PNG', 'damaged', 'image/png', async () => cut(await picture().png().toBuffer())],
    ['a cut GIF', 'damaged', 'image/gif', () => gif(10, 10, 3).subarray(0, 60)],
    [
      'a page that begins like a GIF',
      'damaged',
      'image/gif',
      () => Buffer.from('GIF89a/*<script>'),
    ],
  ])('refuses %s as %s', async (_what, reason, mimeType, make) => {
    await expect(render(await make(), mimeType)).rejects.toMatchObject({ reason })
  })
})

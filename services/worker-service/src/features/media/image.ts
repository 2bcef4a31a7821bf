import { encode } from 'blurhash'
import { join } from 'node:path'
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp'
import { hasMarkup, lookAtEnd } from './image-bytes.js'
import { FILES, IMAGE_LIMITS, PREVIEW_SIZE, THUMBNAIL_SIZE } from './image-limits.js'
import { Refusal } from './refusal.js'

/** `original` is what somebody uploaded; `poster` is a picture that we made of a film. */
export type ImageRequest = { mimeType: string; source: 'original' | 'poster' }

export type ImageResult = {
  /** As it is seen: after the orientation of its EXIF was applied. */
  width: number
  height: number
  blurhash: string
  /** The original carried more than its pixels; `clean` in the folder is to be served instead. */
  isCleaned: boolean
}

const FORMATS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'heif',
}
const LOADERS = ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif'].map((name) => `VipsForeignLoad${name}`)

const OPTIONS: SharpOptions = {
  limitInputPixels: IMAGE_LIMITS.pixels,
  failOn: 'warning',
  sequentialRead: true,
}
const PASS = { seconds: IMAGE_LIMITS.passSeconds }
const HASH_SIZE = 32

/** Leaves only the loaders of the five formats: SVG, TIFF and whatever a later libvips learns stay shut. */
export function shutLoaders(): void {
  sharp.concurrency(1)
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS })
}

/**
 * Makes thumbnail, preview and blurhash of the picture in a folder, and a copy without metadata where it has any.
 *
 * Runs in a process of its own: a decoder that hangs or is taken over must not be that of the worker.
 *
 * @throws Refusal for what is no such picture or over a limit.
 */
export async function renderImage(folder: string, request: ImageRequest): Promise<ImageResult> {
  const input = join(folder, request.source === 'poster' ? FILES.poster : FILES.input)
  const about = await readMetadata(input)
  checkMetadata(about, request)
  if (await hasMarkup(input)) throw new Refusal('wrong_type')
  const end = await lookAtEnd(input)
  if (end === 'cut') throw new Refusal('damaged')
  const isCleaned = request.source === 'original' && (carriesMore(about) || end === 'tail')
  await decodeAllFrames(input, about)
  await makePreview(input, folder)
  if (isCleaned) await makeClean(input, about, join(folder, FILES.clean))
  const { width, height } = about.autoOrient
  return { width, height, blurhash: await hashOf(folder), isCleaned }
}

const readMetadata = (input: string): Promise<Metadata> =>
  // The limit is checked below, by frame: here it would count an animation as one tall picture.
  decoding(() => sharp(input, { ...OPTIONS, limitInputPixels: false }).metadata())

function checkMetadata(about: Metadata, { mimeType }: ImageRequest): void {
  const { format, width, height } = about
  if (FORMATS[mimeType] !== format) throw new Refusal('wrong_type')
  if (format === 'heif' && about.compression !== 'av1') throw new Refusal('unsupported')
  const frames = about.pages ?? 1
  const frameHeight = about.pageHeight ?? height
  if (width * frameHeight > IMAGE_LIMITS.pixels) throw new Refusal('too_many_pixels')
  if (frames > IMAGE_LIMITS.frames) throw new Refusal('too_many_frames')
  if (width * frameHeight * frames > IMAGE_LIMITS.animationPixels) {
    throw new Refusal('too_many_frames')
  }
}

const carriesMore = ({
  exif,
  xmp,
  iptc,
  comments,
  orientation,
  tifftagPhotoshop,
}: Metadata): boolean =>
  [exif, xmp, iptc, comments, tifftagPhotoshop].some((part) => part !== undefined) ||
  (orientation ?? 1) !== 1

/** A preview shows the first frame only; what is served must be whole. */
async function decodeAllFrames(input: string, about: Metadata): Promise<void> {
  if ((about.pages ?? 1) === 1) return
  await decoding(() =>
    animated(input).resize(16, 16, { fit: 'fill' }).timeout(PASS).raw().toBuffer(),
  )
}

const animated = (input: string): Sharp =>
  sharp(input, { ...OPTIONS, animated: true, limitInputPixels: IMAGE_LIMITS.animationPixels })

async function makePreview(input: string, folder: string): Promise<void> {
  const preview = join(folder, FILES.preview)
  await decoding(() =>
    sharp(input, OPTIONS)
      .autoOrient()
      .resize(PREVIEW_SIZE, PREVIEW_SIZE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 82 })
      .timeout(PASS)
      .toFile(preview),
  )
  await sharp(preview)
    .resize(THUMBNAIL_SIZE, THUMBNAIL_SIZE, { fit: 'cover' })
    .jpeg({ quality: 80 })
    .toFile(join(folder, FILES.thumbnail))
}

/** Written anew from its pixels: sharp copies no EXIF, XMP, GPS or comments unless it is asked to. */
async function makeClean(input: string, about: Metadata, output: string): Promise<void> {
  const isAnimated = (about.pages ?? 1) > 1
  const image = isAnimated ? animated(input) : sharp(input, OPTIONS).autoOrient()
  await decoding(() => inFormat(image, about.format).timeout(PASS).toFile(output))
}

function inFormat(image: Sharp, format: string): Sharp {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: 90 })
    case 'png':
      return image.png()
    case 'gif':
      return image.gif()
    case 'webp':
      return image.webp({ quality: 90, effort: 2 })
    default:
      return image.avif({ quality: 65, effort: 2 })
  }
}

async function hashOf(folder: string): Promise<string> {
  const { data, info } = await sharp(join(folder, FILES.preview))
    .resize(HASH_SIZE, HASH_SIZE, { fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return encode(new Uint8ClampedArray(data), info.width, info.height, 4, 3)
}

async function decoding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (err) {
    const text = String(err)
    if (/No space left|ENOSPC/.test(text)) throw err
    if (/pixel limit/.test(text)) throw new Refusal('too_many_pixels', { cause: err })
    if (/timeout|memory/i.test(text)) throw new Refusal('too_costly', { cause: err })
    if (/unsupported image format|blocked/i.test(text))
      throw new Refusal('wrong_type', { cause: err })
    throw new Refusal('damaged', { cause: err })
  }
}

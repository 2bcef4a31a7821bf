import type { Made, Task } from './made.js'
import { makeImage } from './make-image.js'
import { Refusal } from './refusal.js'

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
}

/**
 * Checks an image, makes its thumbnail and preview, and strips what it tells about its maker.
 *
 * @throws Refusal; HEIC is `unsupported`, because no build of libvips that may be given away decodes HEVC.
 */
export async function processImage({ tools, folder, file }: Task): Promise<Made> {
  const cleanAs = EXTENSIONS[file.mimeType]
  if (cleanAs === undefined) throw new Refusal('unsupported')
  const { isCleaned, ...image } = await makeImage(await tools.images(), folder, {
    mimeType: file.mimeType,
    source: 'original',
  })
  return {
    mimeType: file.mimeType,
    ...image,
    ...(isCleaned ? { cleanAs } : {}),
    hasPicture: true,
  }
}

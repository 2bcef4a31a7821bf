import type { ImageRequest } from './image.js'
import { renderImage, shutLoaders } from './image.js'
import { Refusal } from './refusal.js'

// A program, not a module: `node image-child.js FOLDER MIME SOURCE` writes what it found as JSON.
const [folder = '.', mimeType = '', source] = process.argv.slice(2)
shutLoaders()
process.stdout.write(JSON.stringify(await answer()))

async function answer(): Promise<unknown> {
  const request: ImageRequest = {
    mimeType,
    source: source === 'poster' ? 'poster' : 'original',
  }
  try {
    return { image: await renderImage(folder, request) }
  } catch (err) {
    if (err instanceof Refusal)
      return { refused: err.reason, detail: err.cause instanceof Error ? err.cause.message : '' }
    throw err
  }
}

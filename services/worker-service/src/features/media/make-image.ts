import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { ImageRequest, ImageResult } from './image.js'
import { REJECT_REASONS, Refusal } from './refusal.js'
import { type Limits, type Sandbox, runShutIn } from './sandbox.js'

const OWN = fileURLToPath(import.meta.url)
const MEGABYTE = 1024 * 1024
/** The pixels of the largest picture, turned, are 160 MB. */
const LIMITS: Limits = { cpuSeconds: 40, dataBytes: 512 * MEGABYTE, fileBytes: 256 * MEGABYTE }
const TIMEOUT_MS = 40_000

const Answer = z.union([
  z.object({
    image: z.object({
      width: z.int().min(1),
      height: z.int().min(1),
      blurhash: z.string().max(100),
      isCleaned: z.boolean(),
    }),
  }),
  z.object({ refused: z.enum(REJECT_REASONS), detail: z.string() }),
])

/**
 * Makes thumbnail, preview, blurhash and, where needed, a clean copy of `input` in a folder, in a process of its
 * own that is shut in (`renderImage` says what).
 *
 * @throws Refusal for what is no such picture, over a limit or too costly.
 */
export async function makeImage(
  sandbox: Sandbox,
  folder: string,
  { mimeType, source }: ImageRequest,
): Promise<ImageResult> {
  const text = await runShutIn(sandbox, {
    program: process.execPath,
    args: ['--max-old-space-size=64', ...childProgram(), folder, mimeType, source],
    folder,
    limits: LIMITS,
    timeoutMs: TIMEOUT_MS,
  })
  const answer = Answer.parse(JSON.parse(text))
  if ('image' in answer) return answer.image
  throw new Refusal(answer.refused, { cause: new Error(answer.detail) })
}

/** From the sources it needs the loader that we ourselves were started with. */
function childProgram(): string[] {
  if (!OWN.endsWith('.ts')) return [join(dirname(OWN), 'image-child.js')]
  return [
    '--import',
    createRequire(import.meta.url).resolve('tsx'),
    join(dirname(OWN), 'image-child.ts'),
  ]
}

/** What that process must be able to read: Node, the code of this service and its dependencies. */
export function readableForImages(): string[] {
  const code = ancestors(dirname(OWN)).find((folder) => existsSync(join(folder, 'package.json')))
  const modules = ancestors(dirname(OWN)).map((folder) => join(folder, 'node_modules'))
  return [
    dirname(process.execPath),
    ...(code === undefined ? [] : ['src', 'dist', 'package.json'].map((name) => join(code, name))),
    ...modules.filter((folder) => existsSync(folder)),
  ]
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...ancestors(parent)]
}

import type { Needs } from '../../deps.js'
import { type Ffmpeg, createFfmpeg } from './ffmpeg.js'
import { readableForImages } from './make-image.js'
import { findPrograms } from './programs.js'
import { type Sandbox, openSandbox } from './sandbox.js'
import { makeFolder } from './work-folder.js'

/** What decodes strangers' bytes. Opened when it is first needed, because a worker has other work too. */
export type MediaTools = {
  /** Where the image maker runs. */
  images: () => Promise<Sandbox>
  /** @throws Error when ffmpeg is not installed; asked again it looks again. */
  ffmpeg: () => Promise<Ffmpeg>
}

/** Makes the tools of this process; nothing is looked for yet. */
export function createMediaTools({ config, log }: Needs<'config' | 'log'>): MediaTools {
  const images = onceUntilItFails(async () => {
    const sandbox = await openSandbox([process.execPath, '--version'], readableForImages())
    report(sandbox, 'images')
    return sandbox
  })
  const ffmpeg = onceUntilItFails(async () => {
    const programs = await findPrograms(config.FFMPEG_PATH)
    const sandbox = await openSandbox([programs.ffmpeg, '-version'], [])
    report(sandbox, 'ffmpeg')
    return createFfmpeg(sandbox, { ...programs, root: await makeFolder() })
  })
  const report = ({ kind }: Sandbox, program: string): void => {
    if (kind === 'bwrap') log.info('A sandbox is ready', { program, kind })
    else log.warn('The sandbox is weaker than it should be: install bubblewrap', { program, kind })
  }
  return { images, ffmpeg }
}

function onceUntilItFails<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((err: unknown) => {
      made = undefined
      throw err
    })
    return made
  }
}

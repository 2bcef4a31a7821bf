import { access, constants } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where ffmpeg and ffprobe are; they come in one package. */
export type Programs = { ffmpeg: string; ffprobe: string }

const FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin']

/**
 * Finds ffmpeg: at `FFMPEG_PATH`, else where systems put it. ffprobe lies beside it.
 *
 * @throws Error that says what to install: without it no film and no recording can be processed.
 */
export async function findPrograms(given: string | undefined): Promise<Programs> {
  const usual = FOLDERS.map((folder) => join(folder, 'ffmpeg'))
  for (const ffmpeg of given === undefined ? usual : [given]) {
    const ffprobe = join(dirname(ffmpeg), 'ffprobe')
    if ((await isProgram(ffmpeg)) && (await isProgram(ffprobe))) return { ffmpeg, ffprobe }
  }
  throw new Error('ffmpeg and ffprobe are not installed: apt-get install ffmpeg, or FFMPEG_PATH')
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

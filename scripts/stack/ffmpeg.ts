import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Progress } from './progress.js'
import { findProgram } from './programs.js'
import { runProgram } from './run-program.js'
import { StackError } from './stack-error.js'
import { stateRoot } from './state.js'

/** Programs of 2018: for machines where nothing else can be had. */
const PACKAGES = ['@ffmpeg-installer/ffmpeg@1.1.0', '@ffprobe-installer/ffprobe@2.1.2']

/** Where the npm build lies once it was fetched; ffprobe is beside it. */
const npmFfmpeg = (): string => join(stateRoot(), 'ffmpeg/ffmpeg')

/**
 * The ffmpeg that worker-service is told to use: that of `FFMPEG_PATH`, else the one in PATH with its ffprobe,
 * else the npm build that an earlier start has fetched.
 */
export function findFfmpeg(): string | undefined {
  const given = process.env['FFMPEG_PATH'] ?? ''
  if (given !== '') return given
  const found = findProgram('ffmpeg')
  if (found !== undefined && existsSync(join(dirname(found), 'ffprobe'))) return found
  return existsSync(npmFfmpeg()) ? npmFfmpeg() : undefined
}

/**
 * Fetches the npm build of ffmpeg, the last resort.
 *
 * @throws StackError when npm cannot install it.
 */
export async function installNpmFfmpeg(progress: Progress): Promise<void> {
  progress.say('ffmpeg is not installed: taking the npm build of 2018, which has known holes')
  progress.say('install the ffmpeg of your system, or set FFMPEG_PATH, as soon as you can')
  const folder = dirname(npmFfmpeg())
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', ...PACKAGES]
  const { code, output } = await progress.step('npm build of ffmpeg', () =>
    runProgram('npm', install),
  )
  if (code !== 0) {
    throw new StackError(`npm could not install ffmpeg:\n${output}`, 'install ffmpeg by hand')
  }
  const requireFrom = createRequire(join(folder, 'package.json'))
  for (const name of ['ffmpeg', 'ffprobe']) {
    const { path } = requireFrom(`@${name}-installer/${name}`) as { path: string }
    // ffprobe comes without the right to be run.
    chmodSync(path, 0o755)
    if (!existsSync(join(folder, name))) symlinkSync(path, join(folder, name))
  }
}

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MediaType } from '@sup/types'

const run = promisify(execFile)

/** A file to send, and what the server must make of it. */
export type Sample = {
  name: string
  type: MediaType
  mimeType: string
  bytes: Buffer
  expects: { thumbnail: boolean; pixels: boolean; duration: boolean; waveform: boolean }
}

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=10']
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440']
const NOTHING = { thumbnail: false, pixels: false, duration: false, waveform: false }

/** Makes one file of each kind with ffmpeg, the same each time. */
export async function makeSamples(): Promise<Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sup-samples-'))
  const make = async (name: string, args: readonly string[]): Promise<Buffer> => {
    const path = join(folder, name)
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, path])
    return readFile(path)
  }
  try {
    return [
      {
        name: 'picture.jpg',
        type: 'image',
        mimeType: 'image/jpeg',
        bytes: await make('picture.jpg', [...PICTURE, '-frames:v', '1']),
        expects: { ...NOTHING, thumbnail: true, pixels: true },
      },
      {
        name: 'moving.gif',
        type: 'image',
        mimeType: 'image/gif',
        bytes: await make('moving.gif', [...PICTURE, '-t', '1', '-s', '320x180']),
        expects: { ...NOTHING, thumbnail: true, pixels: true },
      },
      {
        name: 'film.webm',
        type: 'video',
        mimeType: 'video/webm',
        bytes: await make('film.webm', [...PICTURE, ...SOUND, '-t', '3', '-deadline', 'realtime']),
        expects: { ...NOTHING, thumbnail: true, pixels: true, duration: true },
      },
      {
        name: 'voice.wav',
        type: 'voice',
        mimeType: 'audio/wav',
        bytes: await make('voice.wav', [...SOUND, '-t', '4']),
        expects: { ...NOTHING, duration: true, waveform: true },
      },
      {
        name: 'notes.txt',
        type: 'file',
        mimeType: 'application/octet-stream',
        bytes: Buffer.from('Bring the paper boats.\n'.repeat(2000)),
        expects: NOTHING,
      },
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A film that takes a while to convert. */
export async function makeLongFilm(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sup-film-'))
  const path = join(folder, 'long.webm')
  const quick = ['-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M']
  try {
    await run('ffmpeg', ['-v', 'error', '-nostdin', ...PICTURE, '-t', '30', ...quick, path])
    return await readFile(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

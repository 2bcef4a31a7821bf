import { join } from 'node:path'
import { type Probe, type Source, checkProbe } from './ffmpeg.js'
import type { Made, Task } from './made.js'
import { MEDIA_FILES } from './media-limits.js'
import { Refusal } from './refusal.js'
import { readWaveform } from './waveform.js'

/** Containers that know how long they are; the others are guessed at by their bit rate. */
const EXACT = ['mov', 'wav', 'flac', 'ogg']
const MISSING_PART = 0.2
const MISSING_MS = 1000

/**
 * Measures a sound by decoding all of it; a voice message becomes Opus in Ogg, whatever recorded it.
 *
 * @throws Refusal for what is no sound, damaged or over a limit.
 */
export async function processAudio({ tools, folder, file, ...task }: Task): Promise<Made> {
  if (task.demuxer === undefined) throw new Refusal('wrong_type')
  const source: Source = { folder, file: MEDIA_FILES.input, demuxer: task.demuxer }
  const ffmpeg = await tools.ffmpeg()
  const probe = await ffmpeg.probe(source)
  if (!probe.audio) throw new Refusal('wrong_type')
  checkProbe({ ...probe, video: undefined })
  const isVoice = file.type === 'voice'
  await ffmpeg.transcodeVoice(source, { isVoice, onProgress: task.onProgress })
  const sound = await readWaveform(join(folder, MEDIA_FILES.samples))
  if (sound.durationMs === 0 || isCut(source, probe, sound.durationMs)) {
    throw new Refusal('damaged')
  }
  return isVoice
    ? { mimeType: 'audio/ogg', cleanAs: 'ogg', ...sound, hasPicture: false }
    : { mimeType: file.mimeType, ...sound, hasPicture: false }
}

const isCut = ({ demuxer }: Source, { durationMs }: Probe, decodedMs: number): boolean =>
  durationMs !== undefined &&
  EXACT.includes(demuxer) &&
  decodedMs < durationMs * (1 - MISSING_PART) - MISSING_MS

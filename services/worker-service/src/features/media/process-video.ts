import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ffmpeg, type Probe, type Source, checkProbe } from './ffmpeg.js'
import type { Made, Task } from './made.js'
import { makeImage } from './make-image.js'
import { MEDIA_FILES } from './media-limits.js'
import { Refusal } from './refusal.js'

const POSTER_MS = 1000
/** A container may round, and sound may end before the picture. */
const MISSING = { part: 0.2, ms: 1000 }

/**
 * Makes an H.264 and AAC film of any other, or only takes out what tells about its maker; and its poster.
 *
 * A film that would cost more than its share of the processor stays in its own format, clean and with a poster.
 *
 * @throws Refusal for what is no film, damaged or over a limit.
 */
export async function processVideo(task: Task): Promise<Made> {
  const { tools, folder, demuxer } = task
  if (demuxer === undefined) throw new Refusal('wrong_type')
  const ffmpeg = await tools.ffmpeg()
  const source: Source = { folder, file: MEDIA_FILES.input, demuxer }
  const before = await ffmpeg.probe(source)
  if (!before.video) throw new Refusal('wrong_type')
  checkProbe(before)
  const container = await makeClean(ffmpeg, source, { task, probe: before })
  const clean = { folder, file: MEDIA_FILES.clean, demuxer: container === 'mp4' ? 'mov' : demuxer }
  const after = await ffmpeg.probe(clean)
  if (!after.video || isCut(before, after)) throw new Refusal('damaged')
  const { blurhash } = await makePoster(task, ffmpeg, { clean, durationMs: after.durationMs ?? 0 })
  const { width, height } = after.video
  return {
    mimeType: `video/${container}`,
    cleanAs: container,
    width,
    height,
    durationMs: after.durationMs ?? null,
    blurhash,
    hasPicture: true,
  }
}

type Container = 'mp4' | 'webm'

async function makeClean(
  ffmpeg: Ffmpeg,
  source: Source,
  { task, probe }: { task: Task; probe: Probe },
): Promise<Container> {
  const work = { onProgress: task.onProgress }
  if (isSuitable(source, probe)) {
    await ffmpeg.transcodeVideo(source, { ...work, method: 'copy', container: 'mp4' })
    return 'mp4'
  }
  try {
    await ffmpeg.transcodeVideo(source, { ...work, method: 'encode', container: 'mp4' })
    return 'mp4'
  } catch (err) {
    if (!(err instanceof Refusal) || err.reason !== 'too_costly') throw err
    const container = source.demuxer === 'matroska' ? 'webm' : 'mp4'
    await rm(join(source.folder, MEDIA_FILES.clean), { force: true })
    await ffmpeg.transcodeVideo(source, { ...work, method: 'copy', container })
    return container
  }
}

const isSuitable = ({ demuxer }: Source, { video, audio }: Probe): boolean =>
  demuxer === 'mov' &&
  video?.codec === 'h264' &&
  video.pixelFormat.startsWith('yuv') &&
  video.pixelFormat.includes('420p') &&
  (audio === undefined || audio.codec === 'aac')

/** The end is missing: what could be read is much shorter than what the container promised. */
const isCut = (before: Probe, after: Probe): boolean => {
  const promised = before.durationMs ?? 0
  return (after.durationMs ?? 0) < promised * (1 - MISSING.part) - MISSING.ms
}

/** Makes thumbnail and preview of one frame of a film. */
export async function makePoster(
  { tools, folder }: Pick<Task, 'tools' | 'folder'>,
  ffmpeg: Ffmpeg,
  { clean, durationMs }: { clean: Source; durationMs: number },
): Promise<{ blurhash: string }> {
  for (const atMs of [Math.min(POSTER_MS, durationMs / 3), 0]) {
    await ffmpeg.extractPoster(clean, atMs)
    const { size } = await stat(join(folder, MEDIA_FILES.poster))
    if (size === 0) continue
    return makeImage(await tools.images(), folder, { mimeType: 'image/png', source: 'poster' })
  }
  throw new Refusal('damaged')
}

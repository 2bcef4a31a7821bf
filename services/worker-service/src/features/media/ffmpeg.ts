import fluent, { type FfmpegCommand } from 'fluent-ffmpeg'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { MEDIA_FILES, VIDEO } from './media-limits.js'
import { Refusal } from './refusal.js'
import { type Limits, type Sandbox, failureOf, runShutIn, writeLauncher } from './sandbox.js'

// The only file that knows fluent-ffmpeg, which its author has archived: everybody else knows these four
// functions, so that it can be replaced.

/** A file to read: its folder, its name in it, and the one demuxer that may open it. */
export type Source = { folder: string; file: string; demuxer: string }

export type Probe = {
  /** Undefined where the container does not say. */
  durationMs: number | undefined
  /** As it is seen, after rotation. */
  video: { codec: string; width: number; height: number; pixelFormat: string } | undefined
  audio: { codec: string } | undefined
}

export type VideoWork = {
  /** `copy` takes the streams as they are into a clean file; `encode` makes H.264 and AAC of them. */
  method: 'copy' | 'encode'
  /** Of the result; `copy` of a WebM stays one. */
  container: 'mp4' | 'webm'
  onProgress: (doneMs: number) => void
}

/** What this service does by ffmpeg. Every function throws as `runShutIn` does. */
export type Ffmpeg = {
  /** Reads what the container says. */
  probe: (source: Source) => Promise<Probe>
  /** Writes `clean`, without metadata, with its index in front. */
  transcodeVideo: (source: Source, work: VideoWork) => Promise<void>
  /** Writes one frame as the PNG `input` for the image maker. */
  extractPoster: (source: Source, atMs: number) => Promise<void>
  /** Writes 8 kHz samples as `peaks.raw`, and for voices the Opus file `clean`. */
  transcodeVoice: (
    source: Source,
    work: { isVoice: boolean; onProgress: (doneMs: number) => void },
  ) => Promise<void>
}

const MEGABYTE = 1024 * 1024
const LIMITS: Limits = { cpuSeconds: 60, addressBytes: 1024 * MEGABYTE, fileBytes: 512 * MEGABYTE }
const PROBE_MS = 20_000
/** A busy machine may need several seconds for one of the 60 s of CPU time. */
const RUN_MS = 240_000
const OUTPUT_BYTES = String(256 * MEGABYTE)
const GUARDS = ['-protocol_whitelist', 'file,pipe']
const CLEAN = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact']
/** Even sides, the longer one at most 1280: what a phone shows and one core makes in time. */
const SCALE = `scale='trunc(min(1,${VIDEO.longestSide}/max(iw,ih))*iw/2)*2':'trunc(min(1,${VIDEO.longestSide}/max(iw,ih))*ih/2)*2'`

const Stream = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().default('unknown'),
  width: z.int().default(0),
  height: z.int().default(0),
  pix_fmt: z.string().default(''),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
  disposition: z.object({ attached_pic: z.int().default(0) }).default({ attached_pic: 0 }),
})
const Probed = z.object({
  streams: z.array(Stream).default([]),
  format: z.object({ duration: z.coerce.number().optional() }).default({}),
})

/**
 * Makes the four functions.
 *
 * @param paths The two programs, and a folder for the script that starts ffmpeg shut in.
 */
export async function createFfmpeg(
  sandbox: Sandbox,
  paths: { ffmpeg: string; ffprobe: string; root: string },
): Promise<Ffmpeg> {
  const launcher = await writeLauncher(sandbox, {
    program: paths.ffmpeg,
    limits: LIMITS,
    path: join(paths.root, 'ffmpeg.sh'),
  })
  // The library keeps one path for the whole process and takes no arguments before its own.
  fluent.setFfmpegPath(launcher)
  return {
    probe: (source) => probe({ sandbox, program: paths.ffprobe }, source),
    transcodeVideo: (source, work) => transcodeVideo(source, work),
    extractPoster: (source, atMs) => extractPoster(source, atMs),
    transcodeVoice: (source, work) => transcodeVoice(source, work),
  }
}

async function probe(
  { sandbox, program }: { sandbox: Sandbox; program: string },
  { folder, file, demuxer }: Source,
): Promise<Probe> {
  const what = ['-show_format', '-show_streams', '-print_format', 'json']
  const text = await runShutIn(sandbox, {
    program,
    args: ['-v', 'error', ...GUARDS, '-f', demuxer, ...what, join(folder, file)],
    folder,
    limits: { ...LIMITS, cpuSeconds: 20 },
    timeoutMs: PROBE_MS,
  })
  const { streams, format } = Probed.parse(JSON.parse(text))
  const film = streams.find(
    ({ codec_type, disposition }) => codec_type === 'video' && disposition.attached_pic === 0,
  )
  const sound = streams.find(({ codec_type }) => codec_type === 'audio')
  return {
    durationMs: format.duration === undefined ? undefined : Math.round(format.duration * 1000),
    video: film && { codec: film.codec_name, pixelFormat: film.pix_fmt, ...sidesOf(film) },
    audio: sound && { codec: sound.codec_name },
  }
}

function sidesOf({ width, height, side_data_list: side }: z.output<typeof Stream>): {
  width: number
  height: number
} {
  const rotation = side.find((data) => data.rotation !== undefined)?.rotation ?? 0
  return Math.abs(rotation) % 180 === 90 ? { width: height, height: width } : { width, height }
}

function transcodeVideo(source: Source, work: VideoWork): Promise<void> {
  const { method, container, onProgress } = work
  const encode = [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'],
    ...['-vf', SCALE, '-c:a', 'aac', '-b:a', '128k', '-ac', '2'],
  ]
  const command = open(source)
    .output(join(source.folder, MEDIA_FILES.clean))
    .outputOptions(['-map', '0:v:0', '-map', '0:a:0?', '-sn', '-dn', ...CLEAN])
    .outputOptions(method === 'copy' ? ['-c', 'copy'] : encode)
    .outputOptions(container === 'mp4' ? ['-movflags', '+faststart'] : [])
    .outputOptions([...bounded(VIDEO.longestMs), '-f', container])
  return finish(command, { onProgress })
}

async function extractPoster(source: Source, atMs: number): Promise<void> {
  const output = join(source.folder, MEDIA_FILES.poster)
  await rm(output, { force: true })
  const command = open(source, ['-ss', (atMs / 1000).toFixed(3)])
    .output(output)
    .outputOptions(['-map', '0:v:0', '-frames:v', '1', '-an', '-vf', SCALE, '-c:v', 'png'])
    .outputOptions([...bounded(VIDEO.longestMs), '-f', 'image2pipe'])
  await finish(command, {})
}

function transcodeVoice(
  source: Source,
  work: { isVoice: boolean; onProgress: (doneMs: number) => void },
): Promise<void> {
  const command = open(source)
    .output(join(source.folder, MEDIA_FILES.samples))
    .outputOptions(['-map', '0:a:0', '-ac', '1', '-ar', '8000', '-c:a', 'pcm_s16le'])
    .outputOptions([...bounded(VIDEO.longestMs), '-f', 's16le'])
  if (work.isVoice) {
    command
      .output(join(source.folder, MEDIA_FILES.clean))
      .outputOptions(['-map', '0:a:0', ...CLEAN, '-c:a', 'libopus', '-b:a', '32k', '-ac', '1'])
      .outputOptions(['-ar', '48000', '-application', 'voip'])
      .outputOptions([...bounded(VIDEO.longestMs), '-f', 'ogg'])
  }
  return finish(command, { onProgress: work.onProgress })
}

const bounded = (longestMs: number): string[] => [
  ...['-threads', '1', '-t', String(longestMs / 1000), '-fs', OUTPUT_BYTES],
]

function open({ folder, file, demuxer }: Source, options: readonly string[] = []): FfmpegCommand {
  return fluent({ cwd: folder })
    .input(join(folder, file))
    .inputOptions(['-nostdin', '-v', 'error', '-stats', '-filter_threads', '1'])
    .inputOptions([...GUARDS, '-threads', '1', ...options, '-f', demuxer])
}

/** Runs it, reports how far it is, and ends it with everything below it when it takes too long. */
function finish(
  command: FfmpegCommand,
  { onProgress }: { onProgress?: (doneMs: number) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      command.kill('SIGKILL')
    }, RUN_MS)
    command
      .on('stderr', (line: string) => {
        const doneMs = timeOf(line)
        if (doneMs !== undefined) onProgress?.(doneMs)
      })
      .on('error', (err: Error, _stdout, stderr) => {
        clearTimeout(timer)
        reject(failureOf(endOf(err), `${err.message}\n${(stderr ?? '').slice(-2000)}`))
      })
      .on('end', () => {
        clearTimeout(timer)
        resolve()
      })
    command.run()
  })
}

function endOf({ message }: Error): { code: number | null; signal: NodeJS.Signals | null } {
  const code = /exited with code (\d+)/.exec(message)?.[1]
  const isKilled = /killed with signal/.test(message)
  return { code: code === undefined ? null : Number(code), signal: isKilled ? 'SIGKILL' : null }
}

function timeOf(line: string): number | undefined {
  const [, hours = 0, minutes = 0, seconds = 0] = /time=(\d+):(\d\d):(\d\d\.\d+)/.exec(line) ?? []
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return ms > 0 ? ms : undefined
}

/** What nobody plays, or only a long chain of decoders would: refused before anything is decoded. */
export function checkProbe({ video, durationMs }: Probe): void {
  if (durationMs !== undefined && durationMs > VIDEO.longestMs) throw new Refusal('too_long')
  if (!video) return
  if (!VIDEO.codecs.includes(video.codec)) throw new Refusal('unsupported')
  if (video.width < 1 || video.height < 1) throw new Refusal('damaged')
  if (video.width * video.height > VIDEO.pixels) throw new Refusal('too_many_pixels')
}

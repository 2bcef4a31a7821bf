import { FILES } from './image-limits.js'

/** What a film or a recording may be. */
export const VIDEO = {
  longestMs: 4 * 3_600_000,
  pixels: 40_000_000,
  /** Of what we encode. */
  longestSide: 1280,
  /** What phones, browsers and cameras record; everything else stays undecoded. */
  codecs: ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'mjpeg'] as readonly string[],
} as const

/** Names in the folder of a job. */
export const MEDIA_FILES = { ...FILES, samples: 'peaks.raw' } as const

/** Samples per second of `samples`, two bytes each. */
export const SAMPLE_RATE = 8000

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { SAMPLE_RATE } from './media-limits.js'

const SAMPLE_BYTES = 2
const BARS = { min: 64, max: 256, perSecond: 8 }
const LOUDEST = 255

export type Waveform = { durationMs: number; waveform: number[] }

/**
 * Reads the peaks of a recording: 64 to 256 values from 0 to 255, the loudest of them 255 unless all is silent.
 *
 * @param path Signed 16 bit samples, little endian, one channel, `SAMPLE_RATE` per second.
 */
export async function readWaveform(path: string): Promise<Waveform> {
  const samples = Math.floor((await stat(path)).size / SAMPLE_BYTES)
  const seconds = samples / SAMPLE_RATE
  const bars = Math.min(BARS.max, Math.max(BARS.min, Math.round(seconds * BARS.perSecond)))
  const peaks = new Array<number>(bars).fill(0)
  let index = 0
  // A chunk of a file is even but for the last, because the buffer of the stream is.
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let at = 0; at + 1 < chunk.length; at += SAMPLE_BYTES, index += 1) {
      const bar = Math.min(bars - 1, Math.floor((index * bars) / samples))
      peaks[bar] = Math.max(peaks[bar] ?? 0, Math.abs(chunk.readInt16LE(at)))
    }
  }
  const loudest = Math.max(1, ...peaks)
  return {
    durationMs: Math.round(seconds * 1000),
    waveform: peaks.map((peak) => Math.round((peak * LOUDEST) / loudest)),
  }
}

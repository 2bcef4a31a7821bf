import type { MediaRow } from './media-store.js'
import type { MediaTools } from './media-tools.js'

/** What was found out about a file, and which files in the folder of the job were made of it. */
export type Made = Pick<MediaRow, 'mimeType'> &
  Partial<Pick<MediaRow, 'width' | 'height' | 'durationMs' | 'waveform' | 'blurhash'>> & {
    /** The extension of `clean`, when that is to be served instead of the original. */
    cleanAs?: string
    /** There are a thumbnail and a preview. */
    hasPicture: boolean
  }

/** A file that lies in the folder of its job, checked to be what its row says. */
export type Task = {
  tools: MediaTools
  folder: string
  file: Pick<MediaRow, 'type' | 'mimeType'>
  /** Of what comes in a container; undefined for images. */
  demuxer: string | undefined
  /** May be called as often as one likes. */
  onProgress: () => void
}

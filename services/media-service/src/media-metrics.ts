import type { Metrics } from '@sup/service-kit/metrics'
import type { MediaType } from '@sup/types'
import type { Readable } from 'node:stream'

/** What this service counts of its own. */
export type MediaMetrics = {
  /** A file was stored. */
  uploaded: (type: MediaType, bytes: number) => void
  /** An upload was refused or broke off. */
  refused: () => void
  /** Counts what is read of a body. */
  downloaded: (body: Readable) => void
}

export function createMediaMetrics(metrics: Metrics): MediaMetrics {
  const bytes = metrics.counter('sup_media_bytes_total', 'Bytes of media files', ['direction'])
  const files = metrics.counter('sup_media_files_total', 'Uploads of media files', [
    'type',
    'result',
  ])
  return {
    uploaded(type, size) {
      bytes.inc({ direction: 'upload' }, size)
      files.inc({ type, result: 'stored' })
    },
    refused() {
      files.inc({ type: 'unknown', result: 'refused' })
    },
    downloaded(body) {
      const count = (chunk: Buffer): void => {
        bytes.inc({ direction: 'download' }, chunk.length)
      }
      // Not `data`: that would start the stream before the answer takes it.
      body.once('resume', () => body.on('data', count))
    },
  }
}

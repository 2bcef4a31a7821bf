import { type AppError } from '@sup/service-kit/http'
import { fileTypeFromBuffer } from 'file-type'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

/** As much as it takes to recognise a type. */
const HEAD_BYTES = 4100

/** A stream of a file that learns what passes through it. */
export type MeasuredFile = {
  /** The type that its first bytes are of; undefined when none is known. */
  detected: string | undefined
  /** The same bytes; fails with `tooLarge()` when there are more than `maxBytes`. */
  stream: Readable
  /** After the stream has ended. */
  result: () => { sizeBytes: number; sha256: string }
}

/**
 * Reads the beginning of a file to find its type, and hashes and counts the rest while somebody reads it.
 *
 * @throws What `body` fails with.
 */
export async function measureFile(
  body: Readable,
  limit: { maxBytes: number; tooLarge: () => AppError },
): Promise<MeasuredFile> {
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let sizeBytes = 0
  const head = await readHead(chunks)
  const detected = await fileTypeFromBuffer(head)

  async function* pass(): AsyncGenerator<Buffer> {
    try {
      let chunk: Buffer = head
      for (;;) {
        sizeBytes += chunk.length
        if (sizeBytes > limit.maxBytes) throw limit.tooLarge()
        hash.update(chunk)
        if (chunk.length > 0) yield chunk
        const next = await chunks.next()
        if (next.done === true) return
        chunk = next.value
      }
    } finally {
      body.destroy()
    }
  }
  return {
    detected: detected?.mime,
    stream: Readable.from(pass(), { objectMode: false }),
    result: () => ({ sizeBytes, sha256: hash.copy().digest('hex') }),
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let length = 0; length < HEAD_BYTES;) {
    const next = await chunks.next()
    if (next.done === true) break
    parts.push(next.value)
    length += next.value.length
  }
  return Buffer.concat(parts)
}

import { toHex } from '../base/bytes.js'
import { createSha256 } from '../sync/sha256.js'

/** SHA-256 of a blob in hex, read piece by piece; stops with the reason of `signal` when it is aborted. */
export async function hashBlob(blob: Blob, signal: AbortSignal): Promise<string> {
  const hash = createSha256()
  // Not `for await`: browsers without asynchronous iteration of streams are still in use.
  const reader: ReadableStreamDefaultReader<Uint8Array> = blob.stream().getReader()
  for (;;) {
    signal.throwIfAborted()
    const { done, value } = await reader.read()
    if (done) return toHex(hash.digest())
    hash.update(value)
  }
}

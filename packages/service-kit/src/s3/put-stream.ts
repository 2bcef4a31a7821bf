import type { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Readable } from 'node:stream'
import { guarded } from './failures.js'

/** The smallest part that S3 takes: what is held of a stream at a time, twice while it is sent. */
const PART_BYTES = 5 * 1024 * 1024

/**
 * Stores a stream whose length nobody knows, in parts if it is long. When the stream fails nothing is stored,
 * and what it failed with is thrown; else as `Blobs` says.
 */
export async function putStream(
  client: S3Client,
  target: { Bucket: string; Key: string; ContentType: string },
  body: Readable,
): Promise<void> {
  await guarded(async () => {
    try {
      const upload = new Upload({
        client,
        params: { ...target, Body: body },
        queueSize: 1,
        partSize: PART_BYTES,
      })
      await upload.done()
    } catch (err) {
      body.destroy()
      throw err
    }
  }).catch((err: unknown) => {
    throw body.errored ?? err
  })
}

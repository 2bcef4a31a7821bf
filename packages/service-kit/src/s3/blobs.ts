import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { Readable } from 'node:stream'
import { foundOrUndefined, guarded } from './failures.js'
import { type ListedBlob, deleteBlobs, listBlobs } from './listing.js'
import { type Multipart, multipartOf } from './multipart.js'
import { putStream } from './put-stream.js'

const REQUEST_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 2000
/** Slow readers of files hold a connection each; the driver's 50 would be one crowd. */
const CONNECTIONS = 500

export type BlobInfo = { sizeBytes: number; contentType: string }
export type Blob = BlobInfo & { body: Readable }

/** The bucket of a service. It is private: clients see objects through pre-signed URLs only. */
export type Blobs = {
  /** `sizeBytes` is needed when the body is a stream. */
  put: (
    key: string,
    body: Uint8Array | Readable,
    about: { contentType: string; sizeBytes?: number },
  ) => Promise<void>
  /**
   * Stores a stream of unknown length, holding two parts of 5 MiB at most. When the stream fails, nothing is
   * stored and its error is thrown.
   */
  putStream: (key: string, body: Readable, about: { contentType: string }) => Promise<void>
  /** @returns Undefined when there is no such object. `range` as in HTTP: `bytes=0-99`. */
  get: (key: string, options?: { range?: string }) => Promise<Blob | undefined>
  /** @returns Undefined when there is no such object. */
  head: (key: string) => Promise<BlobInfo | undefined>
  /** Deleting what is not there is no error. */
  delete: (key: string) => Promise<void>
  /** Deletes many; rejects when one could not be deleted. */
  deleteMany: (keys: readonly string[]) => Promise<void>
  /** At most `limit` (≤ 1000) objects under a prefix and after a key, in the order of their keys' bytes. */
  list: (options: { prefix: string; after?: string; limit: number }) => Promise<ListedBlob[]>
  multipart: Multipart
  /** A URL on the public endpoint that reads the object. */
  presignGet: (
    key: string,
    options: { expiresInSeconds: number; contentDisposition?: string; contentType?: string },
  ) => Promise<string>
  /** A URL on the public endpoint that writes the object, with exactly this type and length. */
  presignPut: (
    key: string,
    options: { expiresInSeconds: number; contentType: string; sizeBytes: number },
  ) => Promise<string>
  /** A form for the public endpoint that takes exactly this key, type and length; the file is its last field. */
  presignPost: (
    key: string,
    options: { expiresInSeconds: number; contentType: string; sizeBytes: number },
  ) => Promise<{ url: string; fields: Record<string, string> }>
  /** Rejects when the bucket cannot be reached; for health checks. */
  ping: () => Promise<void>
  /** Creates the bucket when it is not there. */
  ensureBucket: () => Promise<void>
  close: () => void
}

/**
 * Opens the object store of a config read with `s3Fields`.
 *
 * Every method but `close` rejects with AppError `SERVICE_UNAVAILABLE` when the store cannot be reached or
 * fails, and with the store's own error when it refuses (wrong keys, no such bucket).
 */
export function createBlobs(config: {
  S3_ENDPOINT: string
  S3_PUBLIC_ENDPOINT?: string | undefined
  S3_REGION: string
  S3_ACCESS_KEY: string
  S3_SECRET_KEY: string
  S3_BUCKET: string
}): Blobs {
  const client = openClient(config, config.S3_ENDPOINT)
  // A signature covers the host: URLs for clients are signed for the address that clients use.
  const signer = openClient(config, config.S3_PUBLIC_ENDPOINT ?? config.S3_ENDPOINT)
  const Bucket = config.S3_BUCKET

  return {
    put: (Key, Body, { contentType: ContentType, sizeBytes }) =>
      guarded(async () => {
        const length = sizeBytes === undefined ? {} : { ContentLength: sizeBytes }
        await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType, ...length }))
      }),
    putStream: (Key, body, { contentType: ContentType }) =>
      putStream(client, { Bucket, Key, ContentType }, body),
    get: (Key, { range } = {}) =>
      foundOrUndefined(async () => {
        const more = range === undefined ? {} : { Range: range }
        const found = await client.send(new GetObjectCommand({ Bucket, Key, ...more }))
        if (!(found.Body instanceof Readable)) throw new TypeError('the object has no body')
        return { ...infoOf(found), body: found.Body }
      }),
    head: (Key) =>
      foundOrUndefined(async () =>
        infoOf(await client.send(new HeadObjectCommand({ Bucket, Key }))),
      ),
    delete: (Key) =>
      guarded(async () => {
        await client.send(new DeleteObjectCommand({ Bucket, Key }))
      }),
    deleteMany: (keys) => deleteBlobs(client, Bucket, keys),
    list: (options) => listBlobs(client, Bucket, options),
    multipart: multipartOf({ client, signer }, Bucket),
    ...presigning(signer, Bucket),
    ping: () =>
      guarded(async () => {
        await client.send(new HeadBucketCommand({ Bucket }))
      }),
    ensureBucket: () => guarded(() => ensureBucket(client, Bucket)),
    close() {
      client.destroy()
      signer.destroy()
    },
  }
}

/** URLs and forms for clients; nothing is asked of the store. */
function presigning(
  signer: S3Client,
  Bucket: string,
): Pick<Blobs, 'presignGet' | 'presignPut' | 'presignPost'> {
  return {
    presignGet(Key, { expiresInSeconds: expiresIn, contentDisposition, contentType }) {
      const ResponseContentDisposition = contentDisposition ?? 'attachment'
      const type = contentType === undefined ? {} : { ResponseContentType: contentType }
      const command = new GetObjectCommand({ Bucket, Key, ResponseContentDisposition, ...type })
      return getSignedUrl(signer, command, { expiresIn })
    },
    presignPut(Key, { expiresInSeconds: expiresIn, contentType, sizeBytes: ContentLength }) {
      const command = new PutObjectCommand({ Bucket, Key, ContentType: contentType, ContentLength })
      const signableHeaders = new Set(['content-type', 'content-length', 'host'])
      return getSignedUrl(signer, command, { expiresIn, signableHeaders })
    },
    presignPost: (Key, { expiresInSeconds: Expires, contentType, sizeBytes }) =>
      createPresignedPost(signer, {
        Bucket,
        Key,
        Expires,
        Fields: { 'Content-Type': contentType },
        Conditions: [
          ['eq', '$key', Key],
          ['eq', '$Content-Type', contentType],
          ['content-length-range', sizeBytes, sizeBytes],
        ],
      }),
  }
}

function openClient(
  config: { S3_REGION: string; S3_ACCESS_KEY: string; S3_SECRET_KEY: string },
  endpoint: string,
): S3Client {
  return new S3Client({
    endpoint,
    region: config.S3_REGION,
    credentials: { accessKeyId: config.S3_ACCESS_KEY, secretAccessKey: config.S3_SECRET_KEY },
    forcePathStyle: true,
    // Stores other than AWS do not know the checksums that the SDK would add by itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: CONNECTIONS },
    },
  })
}

async function ensureBucket(client: S3Client, Bucket: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket }))
  } catch (err) {
    const isThere =
      err instanceof S3ServiceException &&
      (err.name === 'BucketAlreadyOwnedByYou' || err.name === 'BucketAlreadyExists')
    if (!isThere) throw err
    await client.send(new HeadBucketCommand({ Bucket }))
  }
}

const infoOf = (found: {
  ContentLength?: number | undefined
  ContentType?: string | undefined
}): BlobInfo => ({
  sizeBytes: found.ContentLength ?? 0,
  contentType: found.ContentType ?? 'application/octet-stream',
})

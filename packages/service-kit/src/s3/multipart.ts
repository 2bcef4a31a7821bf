import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { foundOrUndefined, guarded } from './failures.js'

/** A part that the store has. */
export type StoredPart = { partNumber: number; etag: string; sizeBytes: number }
export type OpenMultipart = { key: string; uploadId: string; startedAt: Date }

/** Objects that clients send in parts. */
export type Multipart = {
  /** @returns The store's id of the upload. */
  create: (key: string, about: { contentType: string }) => Promise<string>
  /** A URL on the public endpoint that takes one part by PUT. */
  presignPart: (
    upload: { key: string; uploadId: string },
    options: { partNumber: number; expiresInSeconds: number },
  ) => Promise<string>
  /** Ascending. @returns Undefined when there is no such upload. */
  listParts: (upload: { key: string; uploadId: string }) => Promise<StoredPart[] | undefined>
  /** @returns False when the store does not take these parts: one is missing, too small or another. */
  complete: (
    upload: { key: string; uploadId: string },
    parts: readonly { partNumber: number; etag: string }[],
  ) => Promise<boolean>
  /** Removes what has arrived; aborting what is not there is no error. */
  abort: (upload: { key: string; uploadId: string }) => Promise<void>
  /** At most `limit` uploads that are not ended. */
  listOpen: (prefix: string, limit: number) => Promise<OpenMultipart[]>
}

export function multipartOf(
  clients: { client: S3Client; signer: S3Client },
  Bucket: string,
): Multipart {
  const { client, signer } = clients
  return {
    create: (Key, { contentType: ContentType }) =>
      guarded(async () => {
        const made = await client.send(
          new CreateMultipartUploadCommand({ Bucket, Key, ContentType }),
        )
        if (made.UploadId === undefined) throw new TypeError('the upload has no id')
        return made.UploadId
      }),
    presignPart({ key: Key, uploadId: UploadId }, { partNumber, expiresInSeconds: expiresIn }) {
      const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: partNumber })
      return getSignedUrl(signer, command, { expiresIn })
    },
    listParts: (upload) => foundOrUndefined(() => listParts(client, Bucket, upload)),
    complete: ({ key: Key, uploadId: UploadId }, parts) =>
      guarded(async () => {
        const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }))
        try {
          await client.send(
            new CompleteMultipartUploadCommand({
              Bucket,
              Key,
              UploadId,
              MultipartUpload: { Parts },
            }),
          )
          return true
        } catch (err) {
          if (isRefused(err)) return false
          throw err
        }
      }),
    abort: async ({ key: Key, uploadId: UploadId }) => {
      await foundOrUndefined(() =>
        client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
      )
    },
    listOpen: (Prefix, MaxUploads) =>
      guarded(async () => {
        const found = await client.send(
          new ListMultipartUploadsCommand({ Bucket, Prefix, MaxUploads }),
        )
        return (found.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) =>
          Key === undefined || UploadId === undefined || Initiated === undefined
            ? []
            : [{ key: Key, uploadId: UploadId, startedAt: Initiated }],
        )
      }),
  }
}

async function listParts(
  client: S3Client,
  Bucket: string,
  { key: Key, uploadId: UploadId }: { key: string; uploadId: string },
): Promise<StoredPart[]> {
  const parts: StoredPart[] = []
  let marker: string | undefined
  do {
    const more = marker === undefined ? {} : { PartNumberMarker: marker }
    const page = await client.send(new ListPartsCommand({ Bucket, Key, UploadId, ...more }))
    for (const { PartNumber = 0, ETag = '', Size = 0 } of page.Parts ?? []) {
      parts.push({ partNumber: PartNumber, etag: ETag, sizeBytes: Size })
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
  } while (marker !== undefined)
  return parts
}

/** `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `NoSuchUpload` and the like. */
const isRefused = (err: unknown): boolean => {
  const status = err instanceof S3ServiceException ? err.$metadata.httpStatusCode : undefined
  return status === 400 || status === 404
}

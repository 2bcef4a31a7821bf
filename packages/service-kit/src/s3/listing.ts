import { DeleteObjectsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
import { guarded } from './failures.js'

const KEYS_PER_DELETE = 1000

export type ListedBlob = { key: string; sizeBytes: number; changedAt: Date }

/** At most `limit` objects whose keys begin with `prefix` and come after `after`, in the order of their bytes. */
export function listBlobs(
  client: S3Client,
  Bucket: string,
  { prefix: Prefix, after, limit: MaxKeys }: { prefix: string; after?: string; limit: number },
): Promise<ListedBlob[]> {
  const more = after === undefined || after === '' ? {} : { StartAfter: after }
  return guarded(async () => {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys, ...more }))
    return (page.Contents ?? []).flatMap(({ Key, Size = 0, LastModified }) =>
      Key === undefined || LastModified === undefined
        ? []
        : [{ key: Key, sizeBytes: Size, changedAt: LastModified }],
    )
  })
}

/** Deletes objects; those that are not there are no error. Rejects when one could not be deleted. */
export async function deleteBlobs(
  client: S3Client,
  Bucket: string,
  keys: readonly string[],
): Promise<void> {
  for (let start = 0; start < keys.length; start += KEYS_PER_DELETE) {
    const Objects = keys.slice(start, start + KEYS_PER_DELETE).map((Key) => ({ Key }))
    await guarded(async () => {
      const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })
      const { Errors = [] } = await client.send(command)
      if (Errors.length > 0) throw new Error(`not deleted: ${Errors[0]?.Code ?? 'no reason'}`)
    })
  }
}

import { type Storage, put, remove } from '../storage/storage.js'

/** An upload in parts that has begun; the server keeps it for a day. */
export type PendingUpload = { uploadId: string; partSize: number; expiresAt: string }

const NAMESPACE = 'uploads'

/** Uploads that can be taken up again, by what is uploaded. */
export function pendingUploads(storage: Storage): {
  find: (key: string) => Promise<PendingUpload | undefined>
  keep: (key: string, upload: PendingUpload) => Promise<void>
  forget: (key: string) => Promise<void>
} {
  return {
    async find(key) {
      // Written by `keep`, so a parsing border in form only.
      return (await storage.get(NAMESPACE, key)) as PendingUpload | undefined
    },
    keep: (key, upload) => storage.transaction([put(NAMESPACE, key, upload)]),
    forget: (key) => storage.transaction([remove(NAMESPACE, key)]),
  }
}

import { outbox } from '@sup/service-kit/postgres'
import type { MediaType } from '@sup/types'
import { uniqueName } from '@sup/testkit'
import { createHash, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Deps } from '../src/deps.js'
import { until } from './until.js'

const ADD_USER = `
  INSERT INTO users (id, username, display_name, created_at) VALUES ($<userId>, $<username>, 'Nobody', now())`

const ADD_FILE = `
  INSERT INTO media_files (id, user_id, file_type, mime_type, s3_key, size_bytes, sha256, state)
  VALUES ($<id>, $<userId>, $<type>, $<mimeType>, $<s3Key>, $<sizeBytes>, decode($<sha256>, 'hex'), 'uploaded')`

const FILE = `
  SELECT *, encode(sha256, 'hex') AS digest FROM media_files WHERE id = $<id>`

/** A row of media_files, with its hash as hex. */
export type StoredFile = {
  state: string
  reject_reason: string | null
  mime_type: string
  s3_key: string
  size_bytes: number
  digest: string
  width: number | null
  height: number | null
  duration_ms: number | null
  waveform: number[] | null
  blurhash: string | null
  thumbnail_s3_key: string | null
}

export type Upload = { type: MediaType; mimeType: string; bytes: Uint8Array }

/** An uploaded file as media-service leaves it: bytes, row and outbox row. */
export type UploadedFile = {
  id: string
  userId: string
  originalKey: string
  read: () => Promise<StoredFile>
  /** Waits until it is ready or rejected. */
  settled: (limitMs?: number) => Promise<StoredFile>
}

/** Stores a file of a new account as media-service does, and has it processed. */
export async function upload(
  { db, blobs }: Pick<Deps, 'db' | 'blobs'>,
  { type, mimeType, bytes }: Upload,
  change: { sha256?: string; withoutBytes?: boolean } = {},
): Promise<UploadedFile> {
  const [id, userId] = [randomUUID(), randomUUID()]
  const s3Key = `media/${userId}/${id}.bin`
  const sha256 = change.sha256 ?? createHash('sha256').update(bytes).digest('hex')
  if (change.withoutBytes !== true) await blobs.put(s3Key, bytes, { contentType: mimeType })
  await db.none(ADD_USER, { userId, username: uniqueName('nobody') })
  await db.tx('add-file', async (tx) => {
    await tx.none(ADD_FILE, { id, userId, type, mimeType, s3Key, sizeBytes: bytes.length, sha256 })
    await outbox(tx).add('media.uploaded', {
      key: userId,
      payload: { fileId: id, userId, type, mimeType, s3Key },
    })
  })
  const read = (): Promise<StoredFile> => db.one<StoredFile>(FILE, { id })
  return {
    id,
    userId,
    originalKey: s3Key,
    read,
    settled: (limitMs = 150_000) =>
      until(
        `a ${type} is settled`,
        async () => {
          const file = await read()
          return (file.state === 'ready' || file.state === 'rejected') && file
        },
        limitMs,
      ),
  }
}

/** The bytes of an object. */
export async function bytesOf({ blobs }: Pick<Deps, 'blobs'>, key: string): Promise<Buffer> {
  const found = await blobs.get(key)
  if (!found) throw new Error(`nothing is stored at ${key}`)
  return buffer(found.body)
}

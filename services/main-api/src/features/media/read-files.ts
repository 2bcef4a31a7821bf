import type { MediaFile } from '@sup/types'
import type { Reading } from '../../reading.js'
import { lostFile, toMediaFile } from './file-row.js'
import { fileStore } from './file-store.js'

/** What carries files: a message. */
export type Carrier = {
  senderId: string
  createdAt: string
  attachments?: readonly string[] | null | undefined
}

/** The files of a message, in its order; one of which nothing is left stands as deleted. */
export type FilesOf = (carrier: Carrier) => MediaFile[]

/** Reads the files of all these messages in one query; in none when they carry nothing. */
export async function readFiles(
  { sql, config }: Reading,
  carriers: readonly Carrier[],
): Promise<FilesOf> {
  const ids = carriers.flatMap(({ attachments }) => attachments ?? [])
  if (ids.length === 0) return () => []
  const rows = await fileStore(sql).byIds([...new Set(ids)])
  const files = new Map(rows.map((row) => [row.id, toMediaFile(row, config.PUBLIC_URL)]))
  return ({ senderId: userId, createdAt, attachments }) =>
    (attachments ?? []).map(
      (id) => files.get(id) ?? lostFile({ id, userId, createdAt }, config.PUBLIC_URL),
    )
}

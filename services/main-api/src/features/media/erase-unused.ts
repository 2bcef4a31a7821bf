import { type OutboxEntry, type Sql, outbox } from '@sup/service-kit/postgres'
import { type Payload, mediaDeleted } from '@sup/types'
import { downloadPath } from './file-row.js'
import { type UnusedFile, fileStore } from './file-store.js'

const FILES_PER_STEP = 1000

/**
 * Has those of these files erased that nothing shows any more: one duty each, in the transaction that took
 * away the message, chat or picture that carried them. Call it last, after the locks of chats and accounts: it
 * makes those wait who attach a file meanwhile.
 */
export async function eraseUnused(tx: Sql, fileIds: readonly string[]): Promise<void> {
  if (fileIds.length === 0) return
  const store = fileStore(tx)
  await store.lock(fileIds, { alone: true })
  for (let start = 0; start < fileIds.length; start += FILES_PER_STEP) {
    const step = fileIds.slice(start, start + FILES_PER_STEP)
    const unused = await store.unused(step, downloadPath(''))
    await outbox(tx).addAll(unused.map(toDuty))
  }
}

function toDuty({ fileId, userId, key, thumbnailKey }: UnusedFile): OutboxEntry {
  const s3Keys = thumbnailKey === null ? [key] : [key, thumbnailKey]
  const payload: Payload<typeof mediaDeleted> = { fileId, userId, s3Keys }
  return { type: mediaDeleted.name, key: fileId, payload }
}

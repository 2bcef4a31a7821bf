import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, listEdits as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { changeStore } from './change-store.js'
import { findVisibleMessage } from './find-message.js'

/** Earlier forms of a message, oldest first; each with the time from which it was the current one. */
export async function listEdits(
  { db }: Needs<'db'>,
  { userId }: Caller,
  { params: { id } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { chatId } = await findVisibleMessage(db, userId, id)
  const rows = await changeStore(db).edits({ chatId, id })
  return rows.map(({ content, encryptedContent, editedAt }) => ({
    ...(content === null ? { encryptedContent } : { content }),
    editedAt,
  }))
}

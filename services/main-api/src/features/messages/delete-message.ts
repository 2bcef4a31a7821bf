import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type LogEntry,
  type Output,
  type deleteMessage as contract,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { appendEntry, chatLogStore, publishEntries } from '../chat-log/public.js'
import { eraseUnused } from '../media/public.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { changeStore } from './change-store.js'
import { assertPermission, findVisibleMessage, lockMessage } from './find-message.js'
import { messageStore } from './message-store.js'
import { readMessages } from './public.js'

type Needed = Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>
type Target = { id: string; chatId: string; seq: number; deletedAt: string }

/** Deletes a message for everyone, which erases its content, or hides it for the caller alone. */
export async function deleteMessage(
  needs: Needed,
  caller: Caller,
  { params: { id }, query: { scope } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const target =
    scope === 'me' ? await hideMessage(needs, caller, id) : await eraseMessage(needs, caller, id)
  return { ...target, scope }
}

async function hideMessage(needs: Needed, { userId }: Caller, id: string): Promise<Target> {
  const at = needs.clock.now().toISOString()
  const { target, change } = await needs.db.tx('hide-message', async (tx) => {
    const row = await findOwnView(tx, userId, id)
    const isNew = await changeStore(tx).hide({ chatId: row.chatId, id, userId })
    const target = { id, chatId: row.chatId, seq: row.seq, deletedAt: at }
    if (!isNew) return { target, change: undefined }
    const body = { chatId: row.chatId, messageIds: [id] }
    return {
      target,
      change: await accountChanges(tx, needs).add(userId, { type: 'message_hidden', ...body }),
    }
  })
  if (change) await hintAccount(needs, userId, change)
  return target
}

/** Visible, or hidden by the caller before: a repeated deletion is no error. */
async function findOwnView(
  sql: Parameters<typeof findVisibleMessage>[0],
  userId: string,
  id: string,
): Promise<{ chatId: string; seq: number }> {
  const store = messageStore(sql)
  const chatId = await store.chatOf(id)
  if (chatId === undefined) throw new AppError(notFound)
  const hidden = await changeStore(sql).hiddenBy({ chatId, id, userId })
  return hidden === undefined ? findVisibleMessage(sql, userId, id) : { chatId, seq: hidden }
}

async function eraseMessage(needs: Needed, { userId }: Caller, id: string): Promise<Target> {
  const { target, entry, hiddenFor } = await needs.db.tx('delete-message', async (tx) => {
    const { chat, row, permissions } = await lockMessage(tx, userId, id)
    const isSender = row.senderId === userId
    if (!isSender) assertPermission(permissions, 'message.delete_any')
    const known = { id, chatId: chat.id, seq: row.seq }
    const hiddenFor = row.hiddenFor ?? []
    if (row.deletedAt !== null) {
      return { target: { ...known, deletedAt: row.deletedAt }, entry: undefined, hiddenFor }
    }
    const reason = isSender ? 'sender' : 'moderator'
    const entry = await appendEntry({ tx, clock: needs.clock }, chat, {
      kind: 'message_deleted',
      actorId: userId,
      messageId: id,
      data: { deletedBy: userId, reason },
    })
    await changeStore(tx).erase({ chatId: chat.id, id, seq: entry.seq, at: entry.at, by: userId })
    await chatLogStore(tx).eraseEntriesOf({ chatId: chat.id, messageId: id })
    await eraseUnused(tx, row.attachments ?? [])
    const message = (await readMessages({ sql: tx, ...needs }, userId, [id])).get(id)
    const full: LogEntry = message ? { ...entry, message } : entry
    return { target: { ...known, deletedAt: entry.at }, entry: full, hiddenFor }
  })
  if (entry) await publishEntries(needs, [{ entry, hiddenFor }])
  return target
}

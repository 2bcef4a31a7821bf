import { AppError, type Caller } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  type LogEntry,
  type Mentions,
  type Output,
  type editMessage as contract,
  editWindowExpired,
  forbidden,
  gone,
  invalidInput,
  notFound,
  validationError,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { appendEntry, hashContent, newSalt, publishEntries } from '../chat-log/public.js'
import { changeStore } from './change-store.js'
import { type LockedMessage, assertPermission, lockMessage } from './find-message.js'
import { readMessages } from './public.js'

type Body = Input<typeof contract>['body']
type Content = { content: string | null; encryptedContent: string; mentions: Mentions | null }

/**
 * Replaces the content of an own message; the form before stays in its history. The same content again
 * changes nothing.
 */
export async function editMessage(
  needs: Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>,
  caller: Caller,
  { params: { id }, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  if (body.content === undefined && body.encryptedContent === undefined) {
    throw new AppError(validationError, [
      { path: '', message: 'needs content or encryptedContent' },
    ])
  }
  const done = await needs.db.tx('edit-message', async (tx) => {
    const locked = await lockMessage(tx, caller.userId, id)
    assertEditable(needs, caller, locked)
    const content = newContent(locked, body)
    const entry = isSame(locked, content)
      ? undefined
      : await storeEdit({ tx, ...needs }, locked, content)
    const message = (await readMessages({ sql: tx, ...needs }, caller.userId, [id])).get(id)
    if (!message) throw new AppError(notFound)
    return { entry, message, hiddenFor: locked.row.hiddenFor ?? [] }
  })
  if (done.entry) {
    const entry: LogEntry = { ...done.entry, message: done.message }
    await publishEntries(needs, [{ entry, hiddenFor: done.hiddenFor }])
  }
  return done.message
}

function assertEditable(
  { config, clock }: Needs<'config' | 'clock'>,
  caller: Caller,
  { row, permissions }: LockedMessage,
): void {
  if (row.senderId !== caller.userId) throw new AppError(forbidden)
  assertPermission(permissions, 'message.send')
  const windowMs = config.MESSAGE_EDIT_WINDOW_SECONDS * 1000
  const ageMs = clock.now().getTime() - Date.parse(row.createdAt)
  if (windowMs > 0 && ageMs > windowMs) throw new AppError(editWindowExpired)
  if (row.deletedAt !== null) throw new AppError(gone)
}

function newContent({ chat }: LockedMessage, body: Body): Content {
  const isE2ee = chat.encryption === 'e2ee'
  const wrong = isE2ee
    ? (['content', 'mentions'] as const).find((path) => body[path] !== undefined)
    : (['encryptedContent'] as const).find((path) => body[path] !== undefined)
  if (wrong)
    throw new AppError(invalidInput, [{ path: wrong, message: 'cannot be used in this chat' }])
  return {
    content: body.content ?? null,
    encryptedContent: body.encryptedContent ?? '',
    mentions: body.mentions && body.mentions.length > 0 ? body.mentions : null,
  }
}

const isSame = (
  { row }: LockedMessage,
  { content, encryptedContent, mentions }: Content,
): boolean =>
  row.content === content &&
  row.encryptedContent === encryptedContent &&
  JSON.stringify(row.mentions) === JSON.stringify(mentions)

async function storeEdit(
  { tx, clock }: { tx: Sql } & Needs<'clock'>,
  { chat, row }: LockedMessage,
  { content, encryptedContent, mentions }: Content,
): Promise<LogEntry> {
  const salt = newSalt()
  const hash = hashContent({
    kind: 'message_edited',
    messageId: row.id,
    senderId: row.senderId,
    type: row.type,
    content: content ?? undefined,
    encryptedContent,
    attachments: row.attachments ?? [],
    mentions: mentions ?? undefined,
    voice: row.voice ?? undefined,
    forwardedFrom: undefined,
    replyToId: row.replyToId ?? undefined,
    threadRootId: row.threadRootId ?? undefined,
    stickerId: undefined,
    salt,
  })
  const entry = await appendEntry({ tx, clock }, chat, {
    kind: 'message_edited',
    actorId: row.senderId,
    messageId: row.id,
    data: null,
    sealed: { salt, hash },
  })
  await changeStore(tx).edit({
    chatId: chat.id,
    id: row.id,
    content,
    encryptedContent,
    mentions: mentions && JSON.stringify(mentions),
    salt: Buffer.from(salt, 'base64'),
    seq: entry.seq,
    at: entry.at,
  })
  return entry
}

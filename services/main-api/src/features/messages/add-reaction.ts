import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  LIMITS,
  type LogEntry,
  type Output,
  type Reaction,
  type addReaction as contract,
  gone,
  invalidInput,
  limitReached,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { appendEntry, publishEntries } from '../chat-log/public.js'
import { changeStore } from './change-store.js'
import { type LockedMessage, assertPermission, lockMessage } from './find-message.js'
import { readMessages } from './public.js'
import { type OwnReaction, reactionStore } from './reaction-store.js'

type Body = Input<typeof contract>['body']

/** Reacts to a message; the same reaction again changes nothing. */
export async function addReaction(
  needs: Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>,
  { userId }: Caller,
  { params: { id }, body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const done = await needs.db.tx('add-reaction', async (tx) => {
    const locked = await lockMessage(tx, userId, id)
    assertPermission(locked.permissions, 'reaction.add')
    if (locked.row.deletedAt !== null) throw new AppError(gone)
    assertMode(locked, body)
    const of = { chatId: locked.chat.id, id, userId }
    const own = await reactionStore(tx).own(of)
    const key = body.emoji ?? body.emojiTag ?? ''
    const present = own.find((reaction) => reaction.key === key)
    if (present) return { reaction: toReaction(of, present), entry: undefined, hiddenFor: [] }
    if (own.length >= LIMITS.reactionsPerUserAndMessage) throw new AppError(limitReached)
    const added = await storeReaction({ tx, ...needs }, locked, { userId, key, body })
    return { ...added, hiddenFor: locked.row.hiddenFor ?? [] }
  })
  if (done.entry) await publishEntries(needs, [{ entry: done.entry, hiddenFor: done.hiddenFor }])
  return answer(done.reaction, { status: done.entry ? 201 : 200 })
}

/** In an e2ee chat the server must not learn the emoji. */
function assertMode({ chat }: LockedMessage, body: Body): void {
  const wrong = chat.encryption === 'e2ee' ? body.emoji : body.emojiTag
  if (wrong === undefined) return
  const path = chat.encryption === 'e2ee' ? 'emoji' : 'emojiTag'
  throw new AppError(invalidInput, [{ path, message: 'cannot be used in this chat' }])
}

async function storeReaction(
  { tx, clock, config }: { tx: Sql } & Needs<'clock' | 'config'>,
  { chat, row }: LockedMessage,
  { userId, key, body }: { userId: string; key: string; body: Body },
): Promise<{ reaction: Reaction; entry: LogEntry }> {
  const entry = await appendEntry({ tx, clock }, chat, {
    kind: 'reaction_added',
    actorId: userId,
    messageId: row.id,
    data: { userId, ...reactionData(key, body) },
  })
  const stored = {
    key,
    emoji: body.emoji ?? null,
    encryptedEmoji: body.encryptedEmoji ?? null,
    createdAt: entry.at,
  }
  const of = { chatId: chat.id, id: row.id, userId }
  await reactionStore(tx).add({ ...of, ...stored, at: entry.at })
  await changeStore(tx).touch({ chatId: chat.id, id: row.id, seq: entry.seq })
  const message = (await readMessages({ sql: tx, config }, userId, [row.id])).get(row.id)
  return { reaction: toReaction(of, stored), entry: message ? { ...entry, message } : entry }
}

const reactionData = (key: string, body: Body): Record<string, unknown> =>
  body.emoji === undefined
    ? { emojiTag: key, encryptedEmoji: body.encryptedEmoji }
    : { emoji: body.emoji }

/** A stored reaction as clients know it. */
export const toReaction = (
  of: { chatId: string; id: string; userId: string },
  { key, emoji, encryptedEmoji, createdAt }: OwnReaction,
): Reaction => ({
  messageId: of.id,
  chatId: of.chatId,
  userId: of.userId,
  ...(emoji === null ? { emojiTag: key } : { emoji }),
  ...(encryptedEmoji === null ? {} : { encryptedEmoji }),
  createdAt,
})

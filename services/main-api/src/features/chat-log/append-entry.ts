import type { Clock } from '@sup/service-kit/clock'
import type { Sql } from '@sup/service-kit/postgres'
import type { LogEntry, LogKind } from '@sup/types'
import { newId } from '../../ids.js'
import { type LockedChat, chatLogStore } from './chat-log-store.js'
import { foldDigest, hashChange, newSalt } from './digest.js'

/** One change of a chat that is not a new message. */
export type NewEntry = {
  kind: Exclude<LogKind, 'message' | 'void'>
  actorId?: string
  messageId?: string
  data: Record<string, unknown> | null
  /** Given by `message_edited`, whose hash covers the message's content and not `data`. */
  sealed?: { salt: string; hash: Buffer }
}

/**
 * Adds one entry to a locked chat and moves its head: `chat.lastSeq` and `chat.headDigest` are those of
 * the new entry afterwards.
 *
 * @param tx   The transaction that holds the chat's row lock.
 * @param chat As `lockChats` gave it.
 * @returns The entry as viewers get it, without the message it may concern.
 */
export async function appendEntry(
  { tx, clock }: { tx: Sql; clock: Clock },
  chat: LockedChat,
  entry: NewEntry,
): Promise<LogEntry> {
  const salt = entry.sealed?.salt ?? newSalt()
  const { kind, actorId, messageId, data } = entry
  const hash = entry.sealed?.hash ?? hashChange({ kind, actorId, messageId, data, salt })
  const id = newId({ clock })
  const stored = {
    chatId: chat.id,
    seq: chat.lastSeq + 1,
    id,
    kind,
    at: clock.now().toISOString(),
    actorId: actorId ?? null,
    messageId: messageId ?? null,
    data,
    salt: Buffer.from(salt, 'base64'),
    hash,
    digest: foldDigest(chat.headDigest, id, hash),
  }
  const log = chatLogStore(tx)
  await log.insert(stored)
  await log.moveHead(stored)
  chat.lastSeq = stored.seq
  chat.headDigest = stored.digest
  return {
    chatId: chat.id,
    seq: stored.seq,
    kind,
    entryId: id,
    at: stored.at,
    ...(actorId === undefined ? {} : { actorId }),
    ...(messageId === undefined ? {} : { messageId }),
    data,
    salt,
    hash: hash.toString('hex'),
  }
}

import { createHash, randomBytes } from 'node:crypto'
import type { Mentions, MessageType, Voice } from '@sup/types'

/** The content that a `message` or `message_edited` entry stands for (wire-contract 5.2). */
export type HashedContent = {
  kind: 'message' | 'message_edited'
  messageId: string
  senderId: string
  type: MessageType
  content: string | undefined
  encryptedContent: string | undefined
  attachments: readonly string[]
  mentions: Mentions | undefined
  voice: Voice | undefined
  forwardedFrom: { createdAt: string; senderId: string | null } | undefined
  replyToId: string | undefined
  threadRootId: string | undefined
  stickerId: string | undefined
  /** base64 of 16 bytes */
  salt: string
}

/** Any other entry. */
export type HashedChange = {
  kind: string
  actorId: string | undefined
  messageId: string | undefined
  data: Record<string, unknown> | null
  salt: string
}

/** 16 random bytes in base64: every entry has its own. */
export const newSalt = (): string => randomBytes(16).toString('base64')

const absent = (value: string | undefined): string | null =>
  value === undefined || value === '' ? null : value

const noMentions = (mentions: Mentions | undefined): Mentions | null =>
  mentions === undefined || mentions.length === 0 ? null : mentions

/** hash(entry) of a content entry. The members stand in code-unit order, so that no sorting is needed. */
export function hashContent(entry: HashedContent): Buffer {
  return sha256(
    JSON.stringify({
      attachments: entry.attachments,
      content: absent(entry.content),
      encryptedContent: absent(entry.encryptedContent),
      forwardedFrom: entry.forwardedFrom ?? null,
      kind: entry.kind,
      mentions: noMentions(entry.mentions),
      messageId: entry.messageId,
      poll: null,
      replyToId: absent(entry.replyToId),
      salt: entry.salt,
      senderId: entry.senderId,
      stickerId: absent(entry.stickerId),
      threadRootId: absent(entry.threadRootId),
      type: entry.type,
      voice: entry.voice
        ? { durationMs: entry.voice.durationMs, waveform: entry.voice.waveform }
        : null,
    }),
  )
}

/** hash(entry) of every other entry. */
export function hashChange(entry: HashedChange): Buffer {
  return sha256(
    canonical({
      actorId: absent(entry.actorId),
      data: entry.data,
      kind: entry.kind,
      messageId: absent(entry.messageId),
      salt: entry.salt,
    }),
  )
}

/**
 * digest(n) from digest(n-1); the same fold as the aggregate `fold_digest` in the database.
 *
 * @param before  32 bytes
 * @param entryId UUID of the entry
 * @param hash    32 bytes
 */
export function foldDigest(before: Buffer, entryId: string, hash: Buffer): Buffer {
  return createHash('sha256')
    .update(before)
    .update(Buffer.from(entryId.replaceAll('-', ''), 'hex'))
    .update(hash)
    .digest()
}

/** JSON with keys in code-unit order at every level and no white space; absent members stay absent. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

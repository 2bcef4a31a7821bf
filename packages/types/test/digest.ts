import { createHash } from 'node:crypto'
import type { LogEntry, Message } from '../src/index.js'

/**
 * The hash and the digest of wire-contract 5.2, written once more, slowly and from the text alone: a second
 * opinion on what the services and the SDK compute.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

const orNull = <T>(value: T): NonNullable<T> | null =>
  value === undefined || value === null || value === '' ? null : value

export function hashOfContent(kind: string, message: Message, salt: string): string {
  const { forwardedFrom, mentions, poll, voice } = message
  return sha256(
    canonical({
      attachments: message.attachments.map(({ fileId }) => fileId),
      content: orNull(message.content),
      encryptedContent: orNull(message.encryptedContent),
      forwardedFrom: forwardedFrom
        ? { createdAt: forwardedFrom.createdAt, senderId: orNull(forwardedFrom.senderId) }
        : null,
      kind,
      mentions: mentions === undefined || mentions.length === 0 ? null : mentions,
      messageId: message.id,
      poll: poll
        ? {
            anonymous: poll.anonymous,
            closesAt: orNull(poll.closesAt),
            multiple: poll.multiple,
            options: poll.options.map(({ id, text }) => ({ id, text })),
            question: poll.question,
          }
        : null,
      replyToId: orNull(message.replyToId),
      salt,
      senderId: message.senderId,
      stickerId: orNull(message.stickerId),
      threadRootId: orNull(message.threadRootId),
      type: message.type,
      voice: orNull(voice),
    }),
  )
}

export function hashOfEntry(entry: LogEntry): string {
  const { actorId, data, kind, messageId, salt } = entry
  return sha256(
    canonical({
      actorId: orNull(actorId),
      data: orNull(data),
      kind,
      messageId: orNull(messageId),
      salt,
    }),
  )
}

/** digest(n) of digest(n-1) and entry n. */
export function fold(digest: string, entry: { entryId: string; hash: string }): string {
  return sha256(
    Buffer.concat([
      Buffer.from(digest, 'hex'),
      Buffer.from(entry.entryId.replaceAll('-', ''), 'hex'),
      Buffer.from(entry.hash, 'hex'),
    ]),
  )
}

function sha256(value: string | Buffer): string {
  return createHash('sha256').update(value).digest('hex')
}

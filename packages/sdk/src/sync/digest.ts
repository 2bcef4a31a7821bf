import type { LogEntry, Message } from '@sup/types'
import { fromHex, toHex, utf8, uuidBytes } from '../base/bytes.js'
import { sha256 } from './sha256.js'

/** Digest of a log without entries. */
export const ZERO_DIGEST = '0'.repeat(64)

/** JSON as the digest hashes it: keys in code-unit order at every level, no white space. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}

/**
 * The digest after one more entry.
 * @param digest hex64 of everything before; @param hash hex64 of the entry.
 */
export function foldDigest(digest: string, entryId: string, hash: string): string {
  const bytes = new Uint8Array(80)
  bytes.set(fromHex(digest), 0)
  bytes.set(uuidBytes(entryId), 32)
  bytes.set(fromHex(hash), 48)
  return toHex(sha256(bytes))
}

/**
 * The hash that an entry must have, or undefined where it must be taken as given: the content was
 * changed since, erased, or is not shown to this viewer.
 */
export function hashEntry(entry: LogEntry): string | undefined {
  if (!entry.salt) return undefined
  if (entry.kind === 'message' || entry.kind === 'message_edited') {
    const { message } = entry
    if (message?.salt !== entry.salt || message.deletedAt) return undefined
    return hashOf(contentOf(entry.kind, message))
  }
  const { actorId, data, kind, messageId, salt } = entry
  return hashOf({
    actorId: present(actorId),
    data: data ?? null,
    kind,
    messageId: present(messageId),
    salt,
  })
}

/** The same for a message that came without its entry. */
export function hashMessage(message: Message): string | undefined {
  if (!message.salt || message.editedAt || message.deletedAt) return undefined
  return hashOf(contentOf('message', message))
}

const hashOf = (members: Record<string, unknown>): string => toHex(sha256(utf8(canonical(members))))

/** Absent and empty are one thing in a hash. */
const present = (value: string | null | undefined): string | null =>
  value === undefined || value === '' ? null : value

function contentOf(kind: string, message: Message): Record<string, unknown> {
  return {
    attachments: message.attachments.map((file) => file.id),
    content: present(message.content),
    encryptedContent: present(message.encryptedContent),
    forwardedFrom: forwardOf(message),
    kind,
    mentions: message.mentions && message.mentions.length > 0 ? message.mentions : null,
    messageId: message.id,
    poll: pollOf(message),
    replyToId: present(message.replyToId),
    salt: present(message.salt),
    senderId: message.senderId,
    stickerId: present(message.stickerId),
    threadRootId: present(message.threadRootId),
    type: message.type,
    voice: voiceOf(message),
  }
}

function forwardOf({ forwardedFrom }: Message): Record<string, unknown> | null {
  if (!forwardedFrom) return null
  return { createdAt: forwardedFrom.createdAt, senderId: present(forwardedFrom.senderId) }
}

function pollOf({ poll }: Message): Record<string, unknown> | null {
  if (!poll) return null
  const { anonymous, closesAt, multiple, options, question } = poll
  return {
    anonymous,
    closesAt: present(closesAt),
    multiple,
    options: options.map(({ id, text }) => ({ id, text })),
    question,
  }
}

function voiceOf({ voice }: Message): Record<string, unknown> | null {
  return voice ? { durationMs: voice.durationMs, waveform: voice.waveform } : null
}

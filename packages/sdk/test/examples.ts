import type { Chat, LogEntry, Message } from '@sup/types'
import { ZERO_DIGEST, foldDigest, hashMessage } from '../src/sync/digest.js'

export const ALICE = '01890000-0000-7000-8000-00000000000a'
export const BOB = '01890000-0000-7000-8000-00000000000b'
export const CHAT = '01890000-0000-7000-8000-0000000000c1'
export const EPOCH = '01890000-0000-7000-8000-0000000000ee'
export const AT = '2025-01-31T10:30:00.000Z'

export const uuidOf = (number: number): string =>
  `01890000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`

/** A message with everything that the contract demands. */
export function aMessage(fields: Partial<Message> = {}): Message {
  return {
    id: uuidOf(0xb000 + (fields.seq ?? 1)),
    chatId: CHAT,
    senderId: BOB,
    encryptedContent: '',
    type: 'text',
    createdAt: AT,
    seq: 1,
    changedSeq: fields.seq ?? 1,
    clientMessageId: uuidOf(0xd000 + (fields.seq ?? 1)),
    attachments: [],
    reactions: [],
    pinned: false,
    hash: '0'.repeat(64),
    ...fields,
  }
}

/** A message whose hash fits its content. */
export function anHonestMessage(
  seq: number,
  content: string,
  more: Partial<Message> = {},
): Message {
  const message = aMessage({ seq, content, salt: 'AAECAwQFBgcICQoLDA0ODw==', ...more })
  return { ...message, hash: hashMessage(message) ?? '' }
}

export const entryOf = (message: Message): LogEntry => ({
  chatId: message.chatId,
  seq: message.seq,
  kind: 'message',
  entryId: message.id,
  at: message.createdAt,
  actorId: message.senderId,
  messageId: message.id,
  message,
  data: null,
  salt: message.salt ?? null,
  hash: message.hash,
})

/** Digest after these messages, from an empty log. */
export const digestOf = (messages: readonly Message[]): string =>
  messages.reduce((digest, { id, hash }) => foldDigest(digest, id, hash), ZERO_DIGEST)

export function aChat(fields: Partial<Chat> = {}): Chat {
  return {
    id: CHAT,
    type: 'direct',
    isPublic: false,
    createdBy: ALICE,
    createdAt: AT,
    encryption: 'managed',
    updatedAt: AT,
    memberCount: 2,
    head: { seq: 0, digest: ZERO_DIGEST },
    settings: {
      disappearingSeconds: null,
      slowModeSeconds: 0,
      historyVisibility: 'since_join',
      joinMode: 'invite',
    },
    receipts: { deliveredToAllSeq: 0, readByAllSeq: 0 },
    my: {
      roleId: uuidOf(0xf1),
      roleName: 'member',
      permissions: ['message.send'],
      joinedAt: AT,
      base: { seq: 0, digest: ZERO_DIGEST },
      lastReadSeq: 0,
      deliveredSeq: 0,
      unreadCount: 0,
      mentionCount: 0,
      archived: false,
      pinned: false,
      mutedUntil: null,
      notificationLevel: 'all',
      markedUnread: false,
    },
    ...fields,
  }
}

/** What a log-in answers. */
export const authResult = (fields: Record<string, unknown> = {}) => ({
  user: { id: ALICE, username: 'alice' },
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  expiresIn: 900,
  sessionId: uuidOf(0x51),
  deviceId: uuidOf(0xde),
  ...fields,
})

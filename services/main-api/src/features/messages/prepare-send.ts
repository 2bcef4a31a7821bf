import type { Clock } from '@sup/service-kit/clock'
import { AppError } from '@sup/service-kit/http'
import { type MediaFile, type Message, type SendMessage, validationError } from '@sup/types'
import { createHash } from 'node:crypto'
import { newId } from '../../ids.js'
import { hashContent, newSalt } from '../chat-log/public.js'

/** Who sends: the verified session behind a request or socket. */
export type Sender = { userId: string; deviceId: string }

/** A validated send with everything that can be computed before the chat is locked. */
export type PreparedSend = {
  /** Equal for a retry; also equal for twins inside one batch. */
  key: string
  message: SendMessage & { clientMessageId: string }
  sender: Sender
  id: string
  salt: string
  hash: Buffer
  requestHash: Buffer
  /** Rough size of the send in bytes, for the bounds of a batch. */
  bytes: number
}

/** About what a file takes in the JSON of its message. */
const BYTES_PER_FILE = 700

/**
 * Makes a send ready for the batch: ids, salt, the hash of its log entry and the hash by which a retry is
 * told from another message under the same id.
 *
 * @throws VALIDATION_ERROR when there is nothing to send
 */
export function prepareSend(
  { clock }: { clock: Clock },
  sender: Sender,
  message: SendMessage,
): PreparedSend {
  assertNotEmpty(message)
  const clientMessageId = message.clientMessageId ?? newId({ clock })
  const id = newId({ clock })
  const salt = newSalt()
  return {
    key: `${message.chatId}:${sender.userId}:${clientMessageId}`,
    message: { ...message, clientMessageId },
    sender,
    id,
    salt,
    hash: hashContent({
      kind: 'message',
      messageId: id,
      senderId: sender.userId,
      type: message.type,
      content: message.content,
      encryptedContent: message.encryptedContent,
      attachments: message.attachments ?? [],
      mentions: message.mentions,
      voice: message.voice,
      forwardedFrom: undefined,
      replyToId: message.replyToId,
      threadRootId: message.threadRootId,
      stickerId: message.stickerId,
      salt,
    }),
    requestHash: hashRequest(message),
    bytes:
      512 +
      BYTES_PER_FILE * (message.attachments?.length ?? 0) +
      2 * ((message.encryptedContent?.length ?? 0) + (message.content?.length ?? 0)),
  }
}

function assertNotEmpty(message: SendMessage): void {
  const something =
    message.encryptedContent ??
    message.content ??
    message.stickerId ??
    message.poll ??
    message.envelopes?.[0] ??
    message.attachments?.[0]
  if (something === undefined) {
    throw new AppError(validationError, [
      {
        path: '',
        message: 'needs encryptedContent, envelopes, content, attachments, stickerId or poll',
      },
    ])
  }
}

/** SHA-256 over the members that the wire contract compares (2.6), envelopes as a set. */
function hashRequest(m: SendMessage): Buffer {
  const envelopes = (m.envelopes ?? []).map((e) => JSON.stringify(e)).sort()
  const compared = [
    m.type,
    m.encryptedContent,
    m.content,
    m.replyToId,
    m.threadRootId,
    m.attachments ?? [],
    m.stickerId,
    m.poll,
    m.voice,
    m.mentions ?? [],
    m.expiresInSeconds,
    m.sendAt,
    m.distributionId,
    envelopes,
  ]
  return createHash('sha256').update(JSON.stringify(compared)).digest()
}

/**
 * A member that no chat takes: `voice` belongs to voice messages, and what this version cannot store yet is
 * refused rather than dropped silently.
 */
export function unsupportedMember(message: SendMessage): string | undefined {
  if (message.voice && message.type !== 'voice') return 'voice'
  if (message.stickerId !== undefined) return 'stickerId'
  if (message.poll) return 'poll'
  if (message.expiresInSeconds !== undefined) return 'expiresInSeconds'
  if (message.sendAt !== undefined) return 'sendAt'
  return undefined
}

/** The message as everybody gets it right after it was stored. */
export function storedMessage(
  { message, sender, id, salt, hash }: PreparedSend,
  stored: { seq: number; createdAt: string; deviceNumber: number | null; attachments: MediaFile[] },
): Message {
  return {
    id,
    chatId: message.chatId,
    senderId: sender.userId,
    encryptedContent: message.encryptedContent ?? '',
    type: message.type,
    createdAt: stored.createdAt,
    seq: stored.seq,
    changedSeq: stored.seq,
    clientMessageId: message.clientMessageId,
    attachments: stored.attachments,
    reactions: [],
    pinned: false,
    hash: hash.toString('hex'),
    salt,
    ...(message.content === undefined ? {} : { content: message.content }),
    ...(message.replyToId === undefined ? {} : { replyToId: message.replyToId }),
    ...(message.threadRootId === undefined ? {} : { threadRootId: message.threadRootId }),
    ...(message.distributionId === undefined ? {} : { distributionId: message.distributionId }),
    ...(message.mentions && message.mentions.length > 0 ? { mentions: message.mentions } : {}),
    ...(message.voice ? { voice: message.voice } : {}),
    ...(stored.deviceNumber === null
      ? {}
      : { senderDeviceId: sender.deviceId, senderDeviceNumber: stored.deviceNumber }),
  }
}

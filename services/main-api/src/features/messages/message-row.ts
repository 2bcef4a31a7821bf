import type { MediaFile, Mentions, Message, MessageType, ReactionSummary, Voice } from '@sup/types'

/** A stored message, as `MESSAGE_COLUMNS` of the store selects it. */
export type MessageRow = {
  id: string
  chatId: string
  seq: number
  changedSeq: number
  senderId: string
  senderDeviceId: string | null
  senderDeviceNumber: number | null
  clientMessageId: string
  type: MessageType
  encryptedContent: string
  content: string | null
  distributionId: string | null
  replyToId: string | null
  threadRootId: string | null
  attachments: string[] | null
  mentions: Mentions | null
  voice: Voice | null
  hiddenFor: string[] | null
  hash: Buffer
  salt: Buffer | null
  createdAt: string
  editedAt: string | null
  editCount: number
  deletedAt: string | null
  deletedBy: string | null
}

/** What is counted over other rows, or read from them. */
export type MessageExtras = {
  reactions: ReactionSummary[]
  threadCount: number
  attachments: MediaFile[]
}

const when = <K extends string, V>(key: K, value: V | null | undefined): Partial<Record<K, V>> =>
  value === null || value === undefined ? {} : ({ [key]: value } as Record<K, V>)

/** The message that every viewer gets (wire-contract 3.4); of a deleted one only the tombstone. */
export function toMessage(row: MessageRow, extras: MessageExtras): Message {
  const message: Message = {
    id: row.id,
    chatId: row.chatId,
    senderId: row.senderId,
    encryptedContent: row.encryptedContent,
    type: row.type,
    createdAt: row.createdAt,
    seq: row.seq,
    changedSeq: row.changedSeq,
    clientMessageId: row.clientMessageId,
    attachments: extras.attachments,
    reactions: extras.reactions,
    pinned: false,
    hash: row.hash.toString('hex'),
    ...when('replyToId', row.replyToId),
    ...when('salt', row.salt?.toString('base64')),
  }
  if (row.deletedAt !== null) {
    return { ...message, deletedAt: row.deletedAt, ...when('deletedBy', row.deletedBy) }
  }
  return {
    ...message,
    ...when('content', row.content),
    ...when('distributionId', row.distributionId),
    ...when('senderDeviceId', row.senderDeviceNumber === null ? null : row.senderDeviceId),
    ...when('senderDeviceNumber', row.senderDeviceNumber),
    ...when('threadRootId', row.threadRootId),
    ...when('mentions', row.mentions),
    ...when('voice', row.voice),
    ...when('editedAt', row.editedAt),
    ...(row.editCount > 0 ? { editCount: row.editCount } : {}),
    ...(extras.threadCount > 0 ? { threadCount: extras.threadCount } : {}),
  }
}

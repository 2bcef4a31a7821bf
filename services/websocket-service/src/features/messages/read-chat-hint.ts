import { ChatHint, type LogEntry, type Message, type UUID } from '@sup/types'
import type { LogItem } from './chat-stream.js'

export type ReceiptHint = Extract<ChatHint, { type: 'receipt' }>

export type ChatNews = { items: LogItem[] } | { receipt: ReceiptHint }

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads a publication of `chat:{chatId}`.
 *
 * The kinds of the hot path are checked by hand, for what this service relies on and what makes them part of
 * this chat's log: the whole contract schema takes twice as long as parsing the JSON. Publications are hints,
 * so a wrong one counts as lost.
 *
 * @returns Its news; undefined for a malformed or unknown one.
 */
export function readChatHint(payload: unknown, chatId: UUID): ChatNews | undefined {
  if (!isFields(payload) || payload['chatId'] !== chatId) return undefined
  switch (payload['type']) {
    case 'new-message':
      return itemsOf([payload], chatId)
    case 'new-messages':
      return Array.isArray(payload['messages']) ? itemsOf(payload['messages'], chatId) : undefined
    default:
      return readRareHint(payload)
  }
}

function itemsOf(published: readonly unknown[], chatId: UUID): ChatNews | undefined {
  const items: LogItem[] = []
  for (const one of published) {
    const item = itemOf(one, chatId)
    if (!item) return undefined
    items.push(item)
  }
  return { items }
}

function itemOf(published: unknown, chatId: UUID): LogItem | undefined {
  if (!isFields(published)) return undefined
  const { seq, message, hiddenFor } = published
  if (!isPosition(seq) || !isMessage(message, chatId, seq)) return undefined
  if (hiddenFor === undefined) return { seq, message }
  return isTexts(hiddenFor) ? { seq, message, hiddenFor } : undefined
}

/** Receipts and entries that are no messages: rare enough for the schema. */
function readRareHint(payload: unknown): ChatNews | undefined {
  const hint = ChatHint.safeParse(payload)
  if (!hint.success) return undefined
  if (hint.data.type === 'receipt') return { receipt: hint.data }
  if (hint.data.type !== 'entry') return undefined
  const { seq, entry, hiddenFor, chatId } = hint.data
  if (entry.seq !== seq || entry.chatId !== chatId) return undefined
  return { items: [toItem(entry, hiddenFor)] }
}

/** An entry of kind `message` goes out as the message that it carries. */
export function toItem(entry: LogEntry, hiddenFor?: readonly UUID[]): LogItem {
  const { seq, kind, message } = entry
  const what = kind === 'message' && message ? { seq, message } : { seq, entry }
  return hiddenFor && hiddenFor.length > 0 ? { ...what, hiddenFor } : what
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const isPosition = (value: unknown): value is number => Number.isSafeInteger(value)

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

const isMessage = (value: unknown, chatId: UUID, seq: number): value is Message =>
  isFields(value) &&
  value['seq'] === seq &&
  value['chatId'] === chatId &&
  typeof value['id'] === 'string' &&
  typeof value['senderId'] === 'string' &&
  typeof value['createdAt'] === 'string' &&
  typeof value['hash'] === 'string' &&
  hasContent(value)

/** What the size of a message is reckoned from. */
const hasContent = ({ encryptedContent, content, attachments, reactions }: Fields): boolean =>
  typeof encryptedContent === 'string' &&
  (content === undefined || typeof content === 'string') &&
  Array.isArray(attachments) &&
  Array.isArray(reactions)

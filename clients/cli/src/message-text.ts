import type { Chat, LogEntry, LogKind, Message } from '@sup/types'
import { CliError, EXIT } from './exit-codes.js'
import { oneLine, safe, timeOf } from './format.js'
import type { People } from './people.js'

/** What a message says, on as many lines as it has. */
export function textOf(message: Message, isPlainForm = false): string {
  if (message.deletedAt) return '(deleted)'
  const files = message.attachments.map(({ type, fileName }) => `[${fileName ?? type}]`)
  const text = contentOf(message, isPlainForm)
  const edited = message.editedAt ? ' (edited)' : ''
  return [...(text === '' ? [] : [safe(text)]), ...files].join(' ') + edited
}

function contentOf(message: Message, isPlainForm: boolean): string {
  if (message.content !== undefined) return message.content
  if (message.encryptedContent !== '' || message.envelope) {
    return isPlainForm ? message.encryptedContent : '[encrypted: this version cannot read it]'
  }
  return message.attachments.length > 0 ? '' : `[${message.type}]`
}

export type LineOptions = { people: People; now: Date; prefix?: string; isPlainForm?: boolean }

/** `12:03 bob: text`; further lines are set in. */
export function messageLine(
  message: Message,
  { people, now, prefix = '', isPlainForm = false }: LineOptions,
): string {
  const head = `${timeOf(message.createdAt, now)} ${prefix}${people.name(message.senderId)}: `
  return head + textOf(message, isPlainForm).replaceAll('\n', '\n      ')
}

/** A change of a chat in one line, or nothing when it is none that a person would want to read. */
export function entryLine(entry: LogEntry, { people, now, prefix = '' }: LineOptions): string {
  const text = changeOf(entry, people)
  return text === '' ? '' : `${timeOf(entry.at, now)} ${prefix}* ${text}`
}

type Change = { who: string; whom: string; about: string; emoji: string }

/** What a person would want to read; the other kinds change nothing that is shown. */
const CHANGES: Partial<Record<LogKind, (change: Change) => string>> = {
  message_edited: ({ who, about }) => `${who} edited a message:${about}`,
  message_deleted: ({ who }) => `${who} deleted a message`,
  reaction_added: ({ who, emoji, about }) => `${who} reacted ${emoji} to${about}`,
  reaction_removed: ({ who, about }) => `${who} took back a reaction to${about}`,
  member_added: ({ who, whom }) => (who === whom ? `${whom} joined` : `${who} added ${whom}`),
  member_removed: ({ who, whom }) => (who === whom ? `${whom} left` : `${who} removed ${whom}`),
  chat_updated: ({ who }) => `${who} changed the chat`,
}

function changeOf({ kind, actorId, data, message }: LogEntry, people: People): string {
  const nameOf = (id: unknown): string => (typeof id === 'string' ? people.name(id) : 'somebody')
  const about = message ? ` "${oneLine(textOf(message), 40)}"` : ' a message'
  const change = { who: nameOf(actorId), whom: nameOf(data?.userId), about, emoji: emojiOf(data) }
  return CHANGES[kind]?.(change) ?? ''
}

function emojiOf(data: LogEntry['data']): string {
  if (!data) return 'with something that was deleted'
  return typeof data.emoji === 'string' ? oneLine(data.emoji, 16) : 'with something encrypted'
}

/** Everybody whom a line about this entry names. */
export function peopleOf({ actorId, data, message }: LogEntry): string[] {
  const ids = [actorId, data?.userId, message?.senderId]
  return ids.filter((id): id is string => typeof id === 'string')
}

/** How a text goes out in this chat. @throws CliError where it would have to be encrypted. */
export function draftOf(
  chat: Chat,
  text: string,
  isPlainForm: boolean,
): { content: string } | { encryptedContent: string } {
  if (chat.encryption === 'managed') return { content: text }
  if (isPlainForm) return { encryptedContent: text }
  throw new CliError(
    EXIT.failure,
    'This chat is end-to-end encrypted, and this version cannot encrypt',
    'For tests, --plain-form sends the text as it is: readable for the server.',
  )
}

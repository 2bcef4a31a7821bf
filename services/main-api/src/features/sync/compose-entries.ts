import type { LogEntry, Message, ServiceLogEntry } from '@sup/types'
import type { Reading } from '../../reading.js'
import { readMessages, readRawMessages } from '../messages/public.js'
import type { LogRow } from './log-store.js'

/** Entries as a viewer gets them: void where something is hidden; a message stands with its last entry. */
export async function composeEntries(
  reading: Reading,
  { chatId, viewerId }: { chatId: string; viewerId: string },
  rows: readonly LogRow[],
): Promise<LogEntry[]> {
  const isVoid = (row: LogRow): boolean =>
    row.isHidden || (row.hiddenFor?.includes(viewerId) ?? false)
  const shown = rows.filter((row) => !isVoid(row))
  const last = lastEntries(shown)
  const messages = await readMessages(reading, viewerId, [...last.keys()])
  return rows.map((row) =>
    isVoid(row) ? voidEntry(chatId, row) : toEntry(chatId, row, messageOf(row, last, messages)),
  )
}

/** Entries for a service, which hides them from the people in `hiddenFor`. */
export async function composeServiceEntries(
  reading: Reading,
  chatId: string,
  rows: readonly LogRow[],
): Promise<ServiceLogEntry[]> {
  const last = lastEntries(rows)
  const raw = await readRawMessages(reading, chatId, [...last.keys()])
  const messages = new Map([...raw].map(([id, { message }]) => [id, message]))
  return rows.map((row) => ({
    ...toEntry(chatId, row, messageOf(row, last, messages)),
    ...(row.hiddenFor ? { hiddenFor: row.hiddenFor } : {}),
  }))
}

function lastEntries(rows: readonly LogRow[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const { messageId, seq } of rows) if (messageId !== null) last.set(messageId, seq)
  return last
}

const messageOf = (
  { messageId, seq }: LogRow,
  last: ReadonlyMap<string, number>,
  messages: ReadonlyMap<string, Message>,
): Message | undefined =>
  messageId !== null && last.get(messageId) === seq ? messages.get(messageId) : undefined

function toEntry(chatId: string, row: LogRow, message: Message | undefined): LogEntry {
  return {
    chatId,
    seq: row.seq,
    kind: row.kind,
    entryId: row.entryId,
    at: row.at,
    ...(row.actorId === null ? {} : { actorId: row.actorId }),
    ...(row.messageId === null ? {} : { messageId: row.messageId }),
    ...(message ? { message } : {}),
    data: row.data,
    salt: row.salt?.toString('base64') ?? null,
    hash: row.hash.toString('hex'),
  }
}

const voidEntry = (chatId: string, { seq, entryId, at, hash }: LogRow): LogEntry => ({
  chatId,
  seq,
  kind: 'void',
  entryId,
  at,
  hash: hash.toString('hex'),
})

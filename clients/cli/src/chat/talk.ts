import type { Client, OutboxEntry } from '@sup/sdk'
import type { Chat, LogEntry, Message } from '@sup/types'
import type { Context } from '../context.js'
import { draftOf } from '../message-text.js'

/** One conversation that a person has open. */
export type Talk = { context: Context; client: Client; chat: Chat; isPlainForm: boolean }

/** Puts a line into the outbox; it goes out when it can. */
export async function sendLine(
  { client, chat, isPlainForm }: Talk,
  text: string,
): Promise<OutboxEntry> {
  return (await client.messages.send(chat.id, draftOf(chat, text, isPlainForm))).entry
}

export type TalkEvents = {
  onMessage: (message: Message) => void
  onEntry: (entry: LogEntry) => void
}

/** What happens in the chat after position `after`, each once; earlier news are left out. */
export function listen({ client, chat }: Talk, after: number, events: TalkEvents): void {
  client.on('message', ({ message }) => {
    if (message.chatId === chat.id && message.seq > after) events.onMessage(message)
  })
  client.on('entry', ({ entry }) => {
    if (entry.chatId === chat.id && entry.seq > after) events.onEntry(entry)
  })
}

const READ_EVERY_MS = 1000

/** Marks as read what was shown, at once and then at most once a second. */
export function createReader({ client, chat }: Talk): {
  show: (seq: number) => void
  stop: () => void
} {
  let shown = 0
  let marked = chat.my?.lastReadSeq ?? 0
  let timer: NodeJS.Timeout | undefined
  const mark = (): void => {
    timer = undefined
    if (shown <= marked) return
    const seq = shown
    timer = setTimeout(mark, READ_EVERY_MS)
    client.messages.markRead(chat.id, seq).then(
      () => {
        marked = Math.max(marked, seq)
      },
      () => undefined,
    )
  }
  return {
    show(seq) {
      shown = Math.max(shown, seq)
      timer ??= setTimeout(mark, 0)
    },
    stop() {
      clearTimeout(timer)
    },
  }
}

import {
  type Message,
  type MessageRecipient,
  addReaction,
  deleteMessage,
  editMessage,
  getMessage,
  listMessages,
  listReceipts,
  markChatRead,
  readEvent,
  removeReactions,
} from '@sup/types'
import type { z } from 'zod'
import { SupError } from '../base/sup-error.js'
import type { Call } from '../http/call.js'
import type { OutboxEntry, Stored } from '../outbox/entry.js'
import type { Draft } from '../outbox/outbox.js'
import type { Engine } from '../engine/parts.js'
import { loadMessages } from '../sync/world.js'
import { listAll } from './pages.js'

/** A message that will be sent, whatever happens to this process. */
export type Sending = {
  entry: OutboxEntry
  /** Resolves when the server has it. @throws SupError when it never will. */
  stored: () => Promise<Stored>
}

type HistoryQuery = z.input<Exclude<(typeof listMessages)['query'], undefined>>
export type HistoryPage = { messages: Message[]; hasMoreBefore: boolean; hasMoreAfter: boolean }

export type Messages = {
  /** Returns when the message is in the outbox, on disk. */
  send: (chatId: string, draft: Omit<Draft, 'chatId'>) => Promise<Sending>
  reply: (message: Message, draft: Omit<Draft, 'chatId' | 'replyToId'>) => Promise<Sending>
  /** @throws SupError FORBIDDEN, EDIT_WINDOW_EXPIRED, GONE. */
  edit: (messageId: string, changes: z.input<(typeof editMessage)['body']>) => Promise<Message>
  remove: (messageId: string, scope?: 'everyone' | 'me') => Promise<void>
  react: (messageId: string, emoji: string) => Promise<void>
  /** Takes back one reaction, or all own ones. @returns how many. */
  unreact: (messageId: string, emoji?: string) => Promise<number>
  get: (messageId: string) => Promise<Message>
  /** One page of history, ascending; the newest by default. */
  history: (chatId: string, query?: HistoryQuery) => Promise<HistoryPage>
  receipts: (messageId: string) => AsyncGenerator<MessageRecipient>
  /** Messages that this client has stored, oldest first; needs no network. */
  stored: (chatId: string) => Promise<Message[]>
  /** Moves the own read mark; it never goes back. @returns how many are unread then. */
  markRead: (chatId: string, seq: number) => Promise<number>
}

export type MessageNeeds = { call: Call; engine: () => Engine }

export function createMessages({ call, engine }: MessageNeeds): Messages {
  const send: Messages['send'] = async (chatId, draft) => {
    const entry = await engine().outbox.add({ ...draft, chatId })
    return { entry, stored: () => whenStored(engine(), entry.body.clientMessageId) }
  }
  return {
    send,
    reply: (message, draft) => send(message.chatId, { ...draft, replyToId: message.id }),
    edit: async (id, body) => (await call(editMessage, { params: { id }, body })).data,
    remove: async (id, scope = 'everyone') => {
      await call(deleteMessage, { params: { id }, query: { scope } })
    },
    react: async (id, emoji) => {
      await call(addReaction, { params: { id }, body: { emoji } }, { attempts: 3 })
    },
    unreact: async (id, emoji) => {
      const input = { params: { id }, query: { ...(emoji !== undefined && { emoji }) } }
      return (await call(removeReactions, input)).data.removed
    },
    get: async (id) => (await call(getMessage, { params: { id } })).data,
    history: async (chatId, query = {}) => {
      const { data, meta } = await call(listMessages, { params: { chatId }, query })
      const { hasMoreBefore, hasMoreAfter } = meta
      return { messages: data, hasMoreBefore, hasMoreAfter }
    },
    receipts: (id) => listAll(call, listReceipts, { params: { id } }),
    stored: (chatId) => loadMessages(engine().storage, chatId),
    markRead: (chatId, seq) => markRead(call, engine(), { chatId, seq }),
  }
}

async function markRead(
  call: Call,
  { connection }: Engine,
  { chatId, seq }: { chatId: string; seq: number },
): Promise<number> {
  if (connection.isOnline()) {
    return (await connection.request(readEvent, { chatId, seq })).unreadCount
  }
  const input = { params: { id: chatId }, body: { seq } }
  return (await call(markChatRead, input, { attempts: 3 })).data.unreadCount
}

function whenStored({ outbox, emitter }: Engine, clientMessageId: string): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const settle = (entry: OutboxEntry | undefined): boolean => {
      if (entry?.stored) resolve(entry.stored)
      else if (entry?.error) reject(new SupError(entry.error))
      return entry?.stored !== undefined || entry?.error !== undefined
    }
    if (settle(outbox.find(clientMessageId))) return
    const stop = emitter.on('outbox', (entry) => {
      if (entry.body.clientMessageId === clientMessageId && settle(entry)) stop()
    })
  })
}

import {
  type Chat,
  type ChatMember,
  type ChatRemoval,
  type Encryption,
  type UserProfile,
  addMembers,
  createChat,
  deleteChat,
  getChat,
  getUser,
  listChats,
  listMembers,
  removeMember,
  searchUsers,
  updateChat,
} from '@sup/types'
import type { z } from 'zod'
import type { Call } from '../http/call.js'
import { listAll } from './pages.js'

export type NewChat = Omit<z.input<(typeof createChat)['body']>, 'encryption'> & {
  /** Fixed for the life of the chat, so it is always said. */
  encryption: Encryption
}

export type Chats = {
  /** Own chats from the server, pinned first, then latest activity. */
  list: (filter?: { archived?: boolean; type?: Chat['type'] }) => AsyncGenerator<Chat>
  /** As far as this client has synced, newest activity first; needs no network. */
  known: () => Chat[]
  get: (chatId: string) => Promise<Chat>
  /** Opens the direct chat with somebody, which may exist already. */
  openDirect: (userId: string, encryption: Encryption) => Promise<Chat>
  create: (chat: NewChat) => Promise<Chat>
  update: (chatId: string, changes: z.input<(typeof updateChat)['body']>) => Promise<Chat>
  remove: (chatId: string, mode?: ChatRemoval) => Promise<ChatRemoval>
  members: (chatId: string) => AsyncGenerator<ChatMember>
  addMembers: (chatId: string, userIds: string[]) => Promise<ChatMember[]>
  removeMember: (chatId: string, userId: string) => Promise<void>
  /** People whose username or display name begins like this: an exact username comes first. */
  findUsers: (text: string, limit?: number) => Promise<UserProfile[]>
  /** @throws SupError NOT_FOUND. */
  getUser: (userId: string) => Promise<UserProfile>
}

export type ChatNeeds = { call: Call; newId: () => string; known: () => Chat[] }

export function createChats({ call, newId, known }: ChatNeeds): Chats {
  const create = async (body: NewChat): Promise<Chat> =>
    (await call(createChat, { body }, { idempotencyKey: newId() })).data
  return {
    list: ({ archived, type } = {}) =>
      listAll(call, listChats, {
        query: { ...(archived && { archived: 'true' as const }), ...(type && { type }) },
      }),
    known,
    get: async (id) => (await call(getChat, { params: { id } })).data,
    openDirect: (userId, encryption) => create({ type: 'direct', memberIds: [userId], encryption }),
    create,
    update: async (id, body) => (await call(updateChat, { params: { id }, body })).data,
    remove: async (id, mode) => {
      const { data } = await call(deleteChat, { params: { id }, query: { ...(mode && { mode }) } })
      return data.mode
    },
    members: (id) => listAll(call, listMembers, { params: { id } }),
    addMembers: async (id, userIds) => {
      const input = { params: { id }, body: { userIds } }
      return (await call(addMembers, input, { idempotencyKey: newId() })).data.added
    },
    removeMember: async (id, userId) => {
      await call(removeMember, { params: { id, userId } })
    },
    findUsers: async (q, limit) =>
      (await call(searchUsers, { query: { q, ...(limit && { limit }) } })).data,
    // For others the server answers the public form.
    getUser: async (id) => (await call(getUser, { params: { id } })).data as UserProfile,
  }
}

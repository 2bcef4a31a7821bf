import { AppError } from '@sup/service-kit/http'
import { type Chat, notFound } from '@sup/types'
import type { Reading } from '../../reading.js'
import { readMessages } from '../messages/public.js'
import { readProfiles } from '../users/public.js'
import { toChat } from './chat-row.js'
import { type Viewer, chatStore } from './chat-store.js'

/** Chats as a viewer gets them, by id; those that the viewer may not see are left out. */
export async function readChats(
  reading: Reading,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, Chat>> {
  if (ids.length === 0) return new Map()
  const rows = await chatStore(reading.sql).read(viewer, ids)
  const peerIds = rows.flatMap((row) => (row.peerId === null ? [] : [row.peerId]))
  const lastIds = rows.flatMap((row) => (row.lastMessageId === null ? [] : [row.lastMessageId]))
  const peers = await readProfiles(reading.sql, viewer.userId, peerIds)
  const last = await readMessages(reading, viewer.userId, lastIds)
  return new Map(
    rows.map((row) => [
      row.id,
      toChat(row, {
        peer: peers.get(row.peerId ?? ''),
        lastMessage: last.get(row.lastMessageId ?? ''),
      }),
    ]),
  )
}

/** @throws NOT_FOUND */
export async function readChat(reading: Reading, viewer: Viewer, id: string): Promise<Chat> {
  const chat = (await readChats(reading, viewer, [id])).get(id)
  if (!chat) throw new AppError(notFound)
  return chat
}

import type { Membership, Output, UUID, readMemberships } from '@sup/types'
import type { Connection, MemberChat } from '../../connections.js'

/** What main-api says about a user's chats. */
export type MembershipAnswer = Output<typeof readMemberships>

/** The chats of an answer, as sockets need them, in the order of the answer. */
export const chatsOf = ({ memberships }: MembershipAnswer): Map<UUID, MemberChat> =>
  new Map(memberships.map((membership) => [membership.chatId, toMemberChat(membership)] as const))

const toMemberChat = ({ type, memberCount, canType, baseSeq }: Membership): MemberChat => ({
  type,
  memberCount,
  canType,
  baseSeq,
})

/** Before which position a socket may not join each chat: entries up to `baseSeq` are not for this member. */
export const basesOf = (chats: ReadonlyMap<UUID, MemberChat>): Map<UUID, number> =>
  new Map([...chats].map(([chatId, { baseSeq }]) => [chatId, baseSeq] as const))

/** What must change for a connection to stand as main-api says. */
export function compareChats(
  connection: Connection,
  told: ReadonlyMap<UUID, MemberChat>,
): { added: Map<UUID, MemberChat>; removed: UUID[] } {
  const added = new Map([...told].filter(([chatId]) => !connection.chats.has(chatId)))
  const removed = [...connection.chats.keys()].filter((chatId) => !told.has(chatId))
  return { added, removed }
}

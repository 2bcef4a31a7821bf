import type {
  Chat,
  ChatState,
  ChatType,
  Encryption,
  Message,
  Permission,
  UserProfile,
} from '@sup/types'

/** A chat with one member's view of it; the member's columns are null for an outsider. */
export type ChatRow = {
  id: string
  type: ChatType
  name: string | null
  description: string
  avatarUrl: string | null
  isPublic: boolean
  encryption: Encryption
  createdBy: string
  createdAt: string
  updatedAt: string
  memberCount: number
  lastSeq: number
  headDigest: Buffer
  disappearingSeconds: number | null
  slowModeSeconds: number
  historyVisibility: 'since_join' | 'full'
  joinMode: 'open' | 'approval' | 'invite'
  peerId: string | null
  lastMessageId: string | null
  deliveredToAll: number | null
  readByAll: number | null
  my: MemberRow | null
}

export type MemberRow = {
  roleId: string
  roleName: string
  permissions: Permission[]
  joinedAt: string
  baseSeq: number
  baseDigest: Buffer
  lastReadSeq: number
  deliveredSeq: number
  unreadCount: number
  mentionCount: number
  archived: boolean
  pinned: boolean
  notificationsOffUntil: string | null
  notificationLevel: ChatState['notificationLevel']
  markedUnread: boolean
}

/** A member's own view (ChatState of wire-contract 3.3). */
export const toChatState = (my: MemberRow): ChatState => ({
  roleId: my.roleId,
  roleName: my.roleName,
  permissions: my.permissions,
  joinedAt: my.joinedAt,
  base: { seq: my.baseSeq, digest: my.baseDigest.toString('hex') },
  lastReadSeq: my.lastReadSeq,
  deliveredSeq: my.deliveredSeq,
  unreadCount: my.unreadCount,
  mentionCount: my.mentionCount,
  archived: my.archived,
  pinned: my.pinned,
  mutedUntil: my.notificationsOffUntil,
  notificationLevel: my.notificationLevel,
  markedUnread: my.markedUnread,
})

/** The chat as its viewer gets it; an outsider of a public chat learns nothing of what is said in it. */
export function toChat(
  row: ChatRow,
  related: { peer?: UserProfile | undefined; lastMessage?: Message | undefined },
): Chat {
  const chat: Chat = {
    id: row.id,
    type: row.type,
    isPublic: row.isPublic,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    encryption: row.encryption,
    updatedAt: row.updatedAt,
    memberCount: row.memberCount,
    settings: {
      disappearingSeconds: row.disappearingSeconds,
      slowModeSeconds: row.slowModeSeconds,
      historyVisibility: row.historyVisibility,
      joinMode: row.joinMode,
    },
    my: row.my && toChatState(row.my),
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.avatarUrl === null ? {} : { avatarUrl: row.avatarUrl }),
    ...(row.description === '' ? {} : { description: row.description }),
    ...(related.peer ? { peer: related.peer } : {}),
  }
  if (!row.my) return chat
  return {
    ...chat,
    head: { seq: row.lastSeq, digest: row.headDigest.toString('hex') },
    receipts: { deliveredToAllSeq: row.deliveredToAll, readByAllSeq: row.readByAll },
    ...(related.lastMessage ? { lastMessage: related.lastMessage } : {}),
  }
}

import { AppError } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import { type LogEntry, invalidInput } from '@sup/types'
import type { Needs } from '../../deps.js'
import { appendEntry } from '../chat-log/public.js'
import { type MemberChange, removeFromChat } from './add-to-chat.js'
import { eraseChat } from './erase-chat.js'
import type { OwnChat } from './find-member.js'
import { memberStore } from './member-store.js'
import { OWNER_POSITION } from './roles.js'

/**
 * Ends the caller's own membership. A leaving owner passes ownership to the longest-standing admin, else
 * member; the last one to leave deletes the chat.
 *
 * @throws INVALID_INPUT in a direct chat
 */
export async function leaveChat(
  storing: { tx: Sql } & Needs<'clock'>,
  own: OwnChat,
): Promise<MemberChange> {
  const { chat, me } = own
  if (chat.type === 'direct') {
    throw new AppError(invalidInput, [
      { path: '', message: 'a direct chat cannot be left: hide it' },
    ])
  }
  const heirId = await memberStore(storing.tx).heir({ chatId: chat.id, leaving: me.userId })
  if (heirId === undefined) return eraseChat(storing, own)
  const passed = me.position === OWNER_POSITION ? [await passOwnership(storing, own, heirId)] : []
  const removal = { userId: me.userId, actorId: me.userId, reason: 'left' as const }
  const change = await removeFromChat(storing, chat, removal)
  return { ...change, entries: [...passed, ...change.entries] }
}

async function passOwnership(
  { tx, clock }: { tx: Sql } & Needs<'clock'>,
  { chat, me }: OwnChat,
  heirId: string,
): Promise<LogEntry> {
  await memberStore(tx).setRole({ chatId: chat.id, userId: heirId, roleId: me.roleId })
  return appendEntry({ tx, clock }, chat, {
    kind: 'member_updated',
    actorId: me.userId,
    data: { userId: heirId, roleId: me.roleId },
  })
}

import type { Sql } from '@sup/service-kit/postgres'
import type { AccountChange, LogEntry, Revocation } from '@sup/types'
import type { Needs } from '../../deps.js'
import { type LockedChat, appendEntry } from '../chat-log/public.js'
import { revocations } from '../revocations/public.js'
import { accountChanges } from '../users/public.js'
import { audienceItems } from './audience-items.js'
import { memberStore } from './member-store.js'

type Storing = { tx: Sql } & Needs<'clock'>

/** What a change of members leaves to be announced after the commit. */
export type MemberChange = {
  chatId: string
  entries: LogEntry[]
  added: string[]
  removed: { userId: string; change: AccountChange }[]
  revoked: Revocation[]
}

export type Addition = {
  userId: string
  roleId: string
  addedBy?: string
  via: 'create' | 'add'
  /** The member sees everything from here on; 0 shows the whole log. */
  seesAll: boolean
}

export const noChange = (chatId: string): MemberChange => ({
  chatId,
  entries: [],
  added: [],
  removed: [],
  revoked: [],
})

/**
 * Adds people to a locked chat, one `member_added` entry each, in the order given.
 *
 * @param audienceUpTo Chats of up to this many members share presence: their members' audiences change.
 */
export async function addToChat(
  { tx, clock }: Storing,
  chat: LockedChat,
  additions: readonly Addition[],
): Promise<MemberChange> {
  const members = memberStore(tx)
  const change = noChange(chat.id)
  const start = { seq: chat.lastSeq, digest: chat.headDigest }
  for (const { userId, roleId, addedBy, via, seesAll } of additions) {
    const isFirst = via === 'create'
    const before = isFirst ? start : { seq: chat.lastSeq, digest: chat.headDigest }
    const base = seesAll ? { seq: 0, digest: Buffer.alloc(32) } : before
    const entry = await appendEntry({ tx, clock }, chat, {
      kind: 'member_added',
      actorId: addedBy ?? userId,
      data: { userId, roleId, ...(addedBy === undefined ? {} : { addedBy }), via },
    })
    await members.add({
      chatId: chat.id,
      userId,
      roleId,
      at: entry.at,
      addedBy: addedBy ?? null,
      baseSeq: base.seq,
      baseDigest: base.digest,
    })
    change.entries.push(entry)
    change.added.push(userId)
  }
  await members.recount(chat.id)
  chat.memberCount += additions.length
  change.revoked = await revocations(tx, { clock }).add(...(await audienceItems(tx, chat)))
  return change
}

/** Ends memberships of a locked chat, one `member_removed` entry each. */
export async function removeFromChat(
  { tx, clock }: Storing,
  chat: LockedChat,
  removal: { userId: string; actorId: string; reason: 'left' | 'removed' },
): Promise<MemberChange> {
  const { userId, actorId, reason } = removal
  const concerned = await audienceItems(tx, chat)
  const entry = await appendEntry({ tx, clock }, chat, {
    kind: 'member_removed',
    actorId,
    data: { userId, reason },
  })
  const members = memberStore(tx)
  await members.remove({ chatId: chat.id, userId })
  await members.recount(chat.id)
  chat.memberCount -= 1
  const gone = await accountChanges(tx, { clock }).add(userId, {
    type: 'chat_removed',
    chatId: chat.id,
    reason,
  })
  return {
    ...noChange(chat.id),
    entries: [entry],
    removed: [{ userId, change: gone }],
    revoked: await revocations(tx, { clock }).add(
      { kind: 'membership', userId, chatId: chat.id },
      ...concerned,
    ),
  }
}

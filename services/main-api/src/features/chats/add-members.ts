import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  LIMITS,
  type Output,
  type addMembers as contract,
  insufficientPermissions,
  invalidInput,
  limitReached,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { type MemberChange, addToChat, noChange } from './add-to-chat.js'
import { announceMembers } from './announce-members.js'
import { chatChangeStore } from './chat-change-store.js'
import { type OwnChat, assertMay, lockOwnChat } from './find-member.js'
import { readMembersById } from './list-members.js'
import { memberLimit, memberStore } from './member-store.js'
import { roleStore } from './role-store.js'

type Needed = Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>
type Refused = { userId: string; reason: 'invite_required' }

/** Adds people to a group or channel; who does not let the caller add them is named, not added. */
export async function addMembers(
  needs: Needed,
  caller: Caller,
  { params: { id }, body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const wanted = [...new Set(body.userIds ?? [body.userId ?? ''])]
  const done = await needs.db.tx('add-members', async (tx) => {
    const own = await lockOwnChat(tx, caller.userId, id)
    assertMay(own.me, 'member.add')
    if (own.chat.type === 'direct') {
      throw new AppError(invalidInput, [{ path: '', message: 'a direct chat has two people' }])
    }
    return storeMembers({ tx, ...needs }, own, { wanted, roleId: body.roleId })
  })
  await announceMembers(needs, done.change)
  const { added } = done.change
  const members = await readMembersById(needs.db, caller.userId, { chatId: id, userIds: added })
  const status = added.length > 0 || done.refused.length > 0 ? 201 : 200
  return answer({ added: members, notAdded: done.refused }, { status })
}

async function storeMembers(
  { tx, clock, config }: { tx: Sql } & Needs<'clock' | 'config'>,
  { chat, me }: OwnChat,
  { wanted, roleId }: { wanted: readonly string[]; roleId: string | undefined },
): Promise<{ change: MemberChange; refused: Refused[] }> {
  const members = memberStore(tx)
  const known = await members.invitable(me.userId, wanted)
  if (wanted.some((id) => !known.has(id))) throw new AppError(notFound)
  const present = await members.memberships(chat.id, wanted)
  const missing = wanted.filter((id) => !present.has(id))
  const welcome = missing.filter((id) => known.get(id))
  const limit = memberLimit(chat.type, config.MAX_GROUP_MEMBERS, LIMITS.channelMembers)
  if (chat.memberCount + welcome.length > limit) throw new AppError(limitReached)
  const refused = missing
    .filter((id) => !known.get(id))
    .map((userId) => ({ userId, reason: 'invite_required' as const }))
  if (welcome.length === 0) return { change: noChange(chat.id), refused }
  const role = await chooseRole(tx, { chat, me }, roleId)
  const { historyVisibility } = await chatChangeStore(tx).settings(chat.id)
  const addition = { roleId: role, addedBy: me.userId, via: 'add' as const }
  const seesAll = historyVisibility === 'full'
  const additions = welcome.map((userId) => ({ ...addition, userId, seesAll }))
  return { change: await addToChat({ tx, clock }, chat, additions), refused }
}

/** The lowest role unless one is named; a named one must lie below the caller's own. */
async function chooseRole(
  tx: Sql,
  { chat, me }: OwnChat,
  roleId: string | undefined,
): Promise<string> {
  const roles = await roleStore(tx).list(chat.id)
  if (roleId === undefined) return roles.findLast((role) => role.isSystem)?.id ?? ''
  const role = roles.find(({ id }) => id === roleId)
  if (!role)
    throw new AppError(invalidInput, [{ path: 'roleId', message: 'is no role of this chat' }])
  if (role.position > 0) assertMay(me, 'role.assign')
  if (role.position >= me.position) {
    throw new AppError(insufficientPermissions, { permission: 'role.assign' })
  }
  return role.id
}

import { AppError, type Caller } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  type LogEntry,
  type Output,
  type updateMember as contract,
  forbidden,
  insufficientPermissions,
  invalidInput,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { appendEntry, publishEntries } from '../chat-log/public.js'
import { type OwnChat, assertMay, lockOwnChat } from './find-member.js'
import { readMembersById } from './list-members.js'
import { type Membership, memberStore } from './member-store.js'
import { type RoleRow, roleStore } from './role-store.js'
import { ADMIN_POSITION, OWNER_POSITION } from './roles.js'

type Storing = { tx: Sql } & Needs<'clock'>

/** Gives a member another role. Giving `owner` transfers ownership: the owner before becomes admin. */
export async function updateMember(
  needs: Needs<'db' | 'hints' | 'clock' | 'log'>,
  caller: Caller,
  { params: { id, userId }, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const entries = await needs.db.tx('update-member', async (tx) => {
    const own = await lockOwnChat(tx, caller.userId, id)
    const target = (await memberStore(tx).memberships(id, [userId])).get(userId)
    if (!target) throw new AppError(notFound)
    assertMay(own.me, 'role.assign')
    const roles = await roleStore(tx).list(id)
    const role = roles.find((known) => known.id === body.roleId)
    if (!role || own.chat.type === 'direct') {
      throw new AppError(invalidInput, [{ path: 'roleId', message: 'is no role of this chat' }])
    }
    if (role.id === target.roleId) return []
    assertAssignable(own, target, role)
    return assign({ tx, ...needs }, own, { target, role, roles })
  })
  await publishEntries(
    needs,
    entries.map((entry) => ({ entry })),
  )
  const [member] = await readMembersById(needs.db, caller.userId, { chatId: id, userIds: [userId] })
  if (!member) throw new AppError(notFound)
  return member
}

function assertAssignable({ me }: OwnChat, target: Membership, role: RoleRow): void {
  if (target.position === OWNER_POSITION) throw new AppError(forbidden)
  const isOwner = me.position === OWNER_POSITION
  const isAbove = me.position > target.position && me.position > role.position
  if (!isOwner && !isAbove)
    throw new AppError(insufficientPermissions, { permission: 'role.assign' })
}

async function assign(
  storing: Storing,
  own: OwnChat,
  { target, role, roles }: { target: Membership; role: RoleRow; roles: readonly RoleRow[] },
): Promise<LogEntry[]> {
  const { me } = own
  const admin = roles.find((known) => known.isSystem && known.position === ADMIN_POSITION)
  const steps = [{ userId: target.userId, roleId: role.id }]
  if (role.position === OWNER_POSITION && admin) steps.push({ userId: me.userId, roleId: admin.id })
  const entries: LogEntry[] = []
  for (const step of steps) {
    await memberStore(storing.tx).setRole({ chatId: own.chat.id, ...step })
    const entry = { kind: 'member_updated', actorId: me.userId, data: step } as const
    entries.push(await appendEntry(storing, own.chat, entry))
  }
  return entries
}

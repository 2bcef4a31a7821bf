import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  LIMITS,
  type Output,
  type createChat as contract,
  forbidden,
  limitReached,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { lockChat } from '../chat-log/public.js'
import { choosePicture } from '../media/public.js'
import { type MemberChange, addToChat } from './add-to-chat.js'
import { announceMembers } from './announce-members.js'
import { type NewChat, chatChangeStore } from './chat-change-store.js'
import { chatStore } from './chat-store.js'
import { memberLimit, memberStore } from './member-store.js'
import { peerOf, planChat } from './new-chat.js'
import { readChat } from './read-chats.js'
import { roleStore } from './role-store.js'
import { systemRoles } from './roles.js'

type Needed = Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>
type Refused = { userId: string; reason: 'invite_required' }

/**
 * Opens a direct chat, or makes a group or channel with its first members: the chat, its roles and all
 * of them in one transaction. A direct chat that exists is answered instead.
 */
export async function createChat(
  needs: Needed,
  caller: Caller,
  { body }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const at = needs.clock.now().toISOString()
  const plan = planChat(body, { id: newId(needs), createdBy: caller.userId, at })
  const peerId = plan.type === 'direct' ? peerOf(body, caller.userId) : undefined
  const others = peerId === undefined ? withoutCaller(body.memberIds, caller.userId) : [peerId]
  const made = await needs.db.tx('create-chat', async (tx) => {
    const { welcome, refused } = await chooseMembers(
      tx,
      caller.userId,
      others,
      peerId !== undefined,
    )
    await assertRoom({ tx, ...needs }, plan, { callerId: caller.userId, count: welcome.length + 1 })
    const choice = { fileId: body.avatarFileId, userId: caller.userId, before: null }
    const avatarUrl = (await choosePicture(tx, choice)) ?? null
    if (!(await chatChangeStore(tx).insert({ ...plan, avatarUrl }))) return { refused }
    return { refused, change: await fillChat({ tx, ...needs }, plan, welcome) }
  })
  const id = made.change ? plan.id : await existing(needs, plan)
  if (made.change) await announceMembers(needs, made.change)
  const chat = await readChat({ sql: needs.db, ...needs }, caller, id)
  const notAdded = made.refused.length > 0 ? { notAdded: made.refused } : {}
  return made.change
    ? answer({ ...chat, ...notAdded }, { status: 201 })
    : answer(chat, { status: 200, meta: { existing: true } })
}

const withoutCaller = (memberIds: readonly string[] | undefined, callerId: string): string[] =>
  [...new Set(memberIds ?? [])].filter((id) => id !== callerId)

/** @throws NOT_FOUND for an unknown account, FORBIDDEN for a direct chat with somebody one has blocked */
async function chooseMembers(
  tx: Sql,
  callerId: string,
  others: readonly string[],
  isDirect: boolean,
): Promise<{ welcome: string[]; refused: Refused[] }> {
  const members = memberStore(tx)
  const known = await members.invitable(callerId, others)
  if (others.some((id) => !known.has(id))) throw new AppError(notFound)
  if (!isDirect) {
    return {
      welcome: others.filter((id) => known.get(id)),
      refused: others
        .filter((id) => !known.get(id))
        .map((userId) => ({ userId, reason: 'invite_required' })),
    }
  }
  const [peerId = ''] = others
  if (await members.hasBlocked(callerId, peerId)) throw new AppError(forbidden)
  return { welcome: [...others], refused: [] }
}

async function assertRoom(
  { tx, config }: { tx: Sql } & Needs<'config'>,
  plan: NewChat,
  { callerId, count }: { callerId: string; count: number },
): Promise<void> {
  const limit = memberLimit(plan.type, config.MAX_GROUP_MEMBERS, LIMITS.channelMembers)
  const own = await chatStore(tx).countOfAccount(callerId)
  if (count > limit || own >= LIMITS.chatsPerAccount) throw new AppError(limitReached)
}

async function fillChat(
  { tx, clock }: { tx: Sql } & Needs<'clock'>,
  plan: NewChat,
  others: readonly string[],
): Promise<MemberChange> {
  const roleIds: string[] = []
  for (const role of systemRoles(plan.type)) {
    const id = newId({ clock })
    await roleStore(tx).add({ id, chatId: plan.id, ...role })
    roleIds.push(id)
  }
  const [first = ''] = roleIds
  const last = roleIds.at(-1) ?? first
  const creator = { userId: plan.createdBy, roleId: first, via: 'create' as const, seesAll: true }
  const chat = await lockChat(tx, plan.id)
  return addToChat({ tx, clock }, chat, [
    creator,
    ...others.map((userId) => ({ ...creator, userId, roleId: last, addedBy: plan.createdBy })),
  ])
}

async function existing({ db }: Needed, plan: NewChat): Promise<string> {
  const id = await chatStore(db).findDirect(plan.directKey ?? '')
  if (id === undefined) throw new AppError(notFound)
  return id
}

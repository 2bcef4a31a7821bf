import { type Answer, AppError, type Caller, answer } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type ChatMember,
  type Input,
  LIMITS,
  type Output,
  type UserProfile,
  type listMembers as contract,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { pageMeta, toOffset } from '../../paging.js'
import { readProfiles } from '../users/public.js'
import { type Viewer, chatStore } from './chat-store.js'
import { type ListedMember, memberStore } from './member-store.js'

/** Members by role, then name. */
export async function listMembers(
  { db }: Needs<'db'>,
  caller: Caller,
  { params: { id }, query }: Input<typeof contract>,
): Promise<Answer<Output<typeof contract>>> {
  const q = query.q === undefined ? null : `${escapeLike(query.q.toLowerCase())}%`
  const offset = toOffset(query)
  const { members, total } = await readMemberPage(db, caller, { id, q, limit: query.limit, offset })
  return answer(members, { meta: pageMeta(query, { offset, total, count: members.length }) })
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, (c) => `\\${c}`)

async function readMemberPage(
  sql: Sql,
  viewer: Viewer,
  { id, q, limit, offset }: { id: string; q: string | null; limit: number; offset: number },
): Promise<{ members: ChatMember[]; total: number }> {
  const [chat] = await chatStore(sql).read(viewer, [id])
  if (!chat) throw new AppError(notFound)
  const store = memberStore(sql)
  const total = await store.countListed({ chatId: id, q })
  const rows = await store.list({ chatId: id, q, limit, offset })
  const showsMarks =
    chat.my !== null && chat.type !== 'channel' && chat.memberCount <= LIMITS.membersWithReceipts
  const sees = showsMarks && (await store.showsReadReceipts(viewer.userId))
  const profiles = await readProfiles(
    sql,
    viewer.userId,
    rows.map((row) => row.userId),
  )
  return {
    members: rows.flatMap((row) => {
      const user = profiles.get(row.userId)
      return user ? [toMember(row, user, { marks: showsMarks, reads: sees })] : []
    }),
    total,
  }
}

/** One person as a member; marks only where the wire contract shows them (3.3). */
export function toMember(
  row: ListedMember,
  user: UserProfile,
  shows: { marks: boolean; reads: boolean },
): ChatMember {
  return {
    userId: row.userId,
    user,
    roleId: row.roleId,
    roleName: row.roleName,
    joinedAt: row.joinedAt,
    ...(row.addedBy === null ? {} : { addedBy: row.addedBy }),
    ...(row.mutedUntil === null ? {} : { mutedUntil: row.mutedUntil }),
    ...(shows.reads && row.readReceipts ? { lastReadSeq: row.lastReadSeq } : {}),
    ...(shows.marks ? { deliveredSeq: row.deliveredSeq } : {}),
  }
}

/** Some members as the caller sees them, without marks; for the answer to a change. */
export async function readMembersById(
  sql: Sql,
  viewerId: string,
  { chatId, userIds }: { chatId: string; userIds: readonly string[] },
): Promise<ChatMember[]> {
  const rows = await memberStore(sql).byIds({ chatId, userIds })
  const profiles = await readProfiles(sql, viewerId, userIds)
  return rows.flatMap((row) => {
    const user = profiles.get(row.userId)
    return user ? [toMember(row, user, { marks: false, reads: false })] : []
  })
}

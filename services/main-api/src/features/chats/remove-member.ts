import { AppError, type Caller } from '@sup/service-kit/http'
import {
  type Input,
  type Output,
  type removeMember as contract,
  forbidden,
  insufficientPermissions,
  invalidInput,
  notFound,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { noChange, removeFromChat } from './add-to-chat.js'
import { announceMembers } from './announce-members.js'
import { type OwnChat, assertMay, lockOwnChat } from './find-member.js'
import { leaveChat } from './leave-chat.js'
import { type Membership, memberStore } from './member-store.js'
import { OWNER_POSITION } from './roles.js'

/** Removes a member, or leaves. Somebody who is no member any more counts as removed. */
export async function removeMember(
  needs: Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>,
  caller: Caller,
  { params }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const userId = params.userId === 'me' ? caller.userId : params.userId
  const change = await needs.db.tx('remove-member', async (tx) => {
    const own = await lockOwnChat(tx, caller.userId, params.id)
    const { chat } = own
    if (userId === caller.userId) return leaveChat({ tx, ...needs }, own)
    if (chat.type === 'direct') {
      throw new AppError(invalidInput, [{ path: '', message: 'a direct chat has two people' }])
    }
    assertMay(own.me, 'member.remove')
    const target = (await memberStore(tx).memberships(chat.id, [userId])).get(userId)
    if (!target) {
      if (!(await memberStore(tx).invitable(caller.userId, [userId])).has(userId)) {
        throw new AppError(notFound)
      }
      return noChange(chat.id)
    }
    assertBelow(own, target)
    const removal = { userId, actorId: caller.userId, reason: 'removed' as const }
    return removeFromChat({ tx, ...needs }, chat, removal)
  })
  await announceMembers(needs, change)
  return {}
}

function assertBelow({ me }: OwnChat, target: Membership): void {
  if (target.position === OWNER_POSITION) throw new AppError(forbidden)
  if (target.position >= me.position) {
    throw new AppError(insufficientPermissions, { permission: 'member.remove' })
  }
}

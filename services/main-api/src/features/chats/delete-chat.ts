import { AppError, type Caller } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type ChatRemoval,
  type Input,
  type Output,
  type deleteChat as contract,
  invalidInput,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { accountChanges, hintAccount } from '../users/public.js'
import { type MemberChange, noChange } from './add-to-chat.js'
import { announceMembers } from './announce-members.js'
import { chatChangeStore } from './chat-change-store.js'
import { eraseChat } from './erase-chat.js'
import { type OwnChat, assertMay, lockOwnChat } from './find-member.js'
import { leaveChat } from './leave-chat.js'
import { readChat } from './read-chats.js'

type Needed = Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>
type Storing = { tx: Sql } & Needs<'clock'>

/** Deletes a chat for all, leaves it, hides its history for oneself, or archives it. */
export async function deleteChat(
  needs: Needed,
  caller: Caller,
  { params: { id }, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { userId } = caller
  const done = await needs.db.tx('delete-chat', async (tx) => {
    const own = await lockOwnChat(tx, userId, id)
    const mode = query.mode ?? (own.chat.type === 'direct' ? 'hide' : 'delete')
    return { mode, ...(await remove({ tx, ...needs }, own, mode)) }
  })
  await announceMembers(needs, done.change)
  if (done.ownView) await announceOwnView(needs, caller, id)
  if (done.hidden) await hintAccount(needs, userId, done.hidden)
  return { mode: done.mode }
}

type Removed = {
  change: MemberChange
  ownView?: true
  hidden?: Awaited<ReturnType<ReturnType<typeof accountChanges>['add']>>
}

async function remove(storing: Storing, own: OwnChat, mode: ChatRemoval): Promise<Removed> {
  const { chat, me } = own
  const of = { id: chat.id, userId: me.userId }
  switch (mode) {
    case 'archive':
      await chatChangeStore(storing.tx).archive(of)
      return { change: noChange(chat.id), ownView: true }
    case 'hide': {
      await chatChangeStore(storing.tx).hide(of)
      const changes = accountChanges(storing.tx, storing)
      const hidden = await changes.add(me.userId, {
        type: 'chat_removed',
        chatId: chat.id,
        reason: 'hidden',
      })
      return { change: noChange(chat.id), hidden }
    }
    case 'leave':
      return { change: await leaveChat(storing, own) }
    case 'delete':
      assertDeletable(own)
      return { change: await eraseChat(storing, own) }
  }
}

function assertDeletable({ chat, me }: OwnChat): void {
  if (chat.type === 'direct') {
    throw new AppError(invalidInput, [
      { path: 'mode', message: 'a direct chat is hidden or archived' },
    ])
  }
  assertMay(me, 'chat.delete')
}

async function announceOwnView(needs: Needed, caller: Caller, id: string): Promise<void> {
  const { my: state } = await readChat({ sql: needs.db, ...needs }, caller, id)
  const at = needs.clock.now().toISOString()
  if (state) {
    await hintAccount(
      needs,
      caller.userId,
      { type: 'chat_state', chatId: id, state, at },
      caller.deviceId,
    )
  }
}

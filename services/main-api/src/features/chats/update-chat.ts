import { AppError, type Caller } from '@sup/service-kit/http'
import type { Sql } from '@sup/service-kit/postgres'
import {
  type Input,
  type LogEntry,
  type Output,
  type Problem,
  type updateChat as contract,
  invalidInput,
} from '@sup/types'
import type { Needs } from '../../deps.js'
import { type LockedChat, appendEntry, publishEntries } from '../chat-log/public.js'
import { type ChangeableSettings, chatChangeStore } from './chat-change-store.js'
import { assertMay, lockOwnChat } from './find-member.js'
import { readChat } from './read-chats.js'

type Body = Input<typeof contract>['body']
const SETTINGS = [
  'disappearingSeconds',
  'slowModeSeconds',
  'historyVisibility',
  'joinMode',
] as const

/** Changes what may be changed of a chat; a change to what it is already publishes nothing. */
export async function updateChat(
  needs: Needs<'db' | 'hints' | 'clock' | 'log'>,
  caller: Caller,
  { params: { id }, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const entry = await needs.db.tx('update-chat', async (tx) => {
    const { chat, me } = await lockOwnChat(tx, caller.userId, id)
    assertMay(me, 'chat.update')
    assertChangeable(chat, body)
    return applyChange({ tx, ...needs }, { chat, callerId: caller.userId }, body)
  })
  if (entry) await publishEntries(needs, [{ entry }])
  return readChat(needs.db, caller, id)
}

function assertChangeable(chat: LockedChat, body: Body): void {
  const fixed = (['type', 'encryption'] as const).filter((path) => body[path] !== undefined)
  const notInDirect = (['name', 'description', 'isPublic'] as const).filter(
    (path) => chat.type === 'direct' && body[path] !== undefined,
  )
  const problems: Problem[] = [...fixed, ...notInDirect].map((path) => ({
    path,
    message: 'cannot be changed in this chat',
  }))
  if (body.avatarFileId)
    problems.push({ path: 'avatarFileId', message: 'is not an image of yours' })
  if (chat.encryption === 'e2ee' && body.settings?.historyVisibility === 'full') {
    problems.push({ path: 'settings.historyVisibility', message: 'is since_join in an e2ee chat' })
  }
  if (problems.length > 0) throw new AppError(invalidInput, problems)
}

async function applyChange(
  { tx, clock }: { tx: Sql } & Needs<'clock'>,
  { chat, callerId }: { chat: LockedChat; callerId: string },
  body: Body,
): Promise<LogEntry | undefined> {
  const store = chatChangeStore(tx)
  const before = await store.settings(chat.id)
  const after: ChangeableSettings = {
    ...before,
    ...(body.name === undefined ? {} : { name: body.name.normalize('NFC') }),
    ...(body.description === undefined ? {} : { description: body.description.normalize('NFC') }),
    ...(body.isPublic === undefined ? {} : { isPublic: body.isPublic }),
    ...Object.fromEntries(Object.entries(body.settings ?? {}).filter(([, v]) => v !== undefined)),
  }
  const changes = difference(before, after)
  if (Object.keys(changes).length === 0) return undefined
  const entry = await appendEntry({ tx, clock }, chat, {
    kind: 'chat_updated',
    actorId: callerId,
    data: { changes },
  })
  await store.update({ ...after, id: chat.id, at: entry.at })
  return entry
}

/** Only what is different now; settings stand together under `settings`. */
function difference(
  before: ChangeableSettings,
  after: ChangeableSettings,
): Record<string, unknown> {
  const changed = <K extends keyof ChangeableSettings>(keys: readonly K[]) =>
    Object.fromEntries(
      keys.filter((key) => before[key] !== after[key]).map((key) => [key, after[key]]),
    )
  const settings = changed(SETTINGS)
  return {
    ...changed(['name', 'description', 'isPublic']),
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
  }
}

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
import { choosePicture, eraseUnused, pictureFiles } from '../media/public.js'
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
  needs: Needs<'db' | 'hints' | 'clock' | 'log' | 'config'>,
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
  return readChat({ sql: needs.db, ...needs }, caller, id)
}

function assertChangeable(chat: LockedChat, body: Body): void {
  const fixed = (['type', 'encryption'] as const).filter((path) => body[path] !== undefined)
  const notInDirect = (['name', 'description', 'isPublic', 'avatarFileId'] as const).filter(
    (path) => chat.type === 'direct' && body[path] !== undefined,
  )
  const problems: Problem[] = [...fixed, ...notInDirect].map((path) => ({
    path,
    message: 'cannot be changed in this chat',
  }))
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
  const choice = { fileId: body.avatarFileId, userId: callerId, before: before.avatarUrl }
  const avatarUrl = await choosePicture(tx, choice)
  const after: ChangeableSettings = {
    ...before,
    ...(body.name === undefined ? {} : { name: body.name.normalize('NFC') }),
    ...(body.description === undefined ? {} : { description: body.description.normalize('NFC') }),
    ...(avatarUrl === undefined ? {} : { avatarUrl }),
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
  if (avatarUrl !== undefined) await eraseUnused(tx, pictureFiles(before.avatarUrl))
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
    ...changed(['name', 'description', 'avatarUrl', 'isPublic']),
    ...(Object.keys(settings).length > 0 ? { settings } : {}),
  }
}

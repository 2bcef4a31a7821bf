import { AppError } from '@sup/service-kit/http'
import {
  type ChatSettings,
  type Input,
  type Problem,
  type createChat as contract,
  invalidInput,
  validationError,
} from '@sup/types'
import type { NewChat } from './chat-change-store.js'

type Body = Input<typeof contract>['body']

/**
 * The chat that a request asks for, with every default filled in (wire-contract 3.3, 4.5).
 *
 * @throws VALIDATION_ERROR, INVALID_INPUT
 */
export function planChat(body: Body, made: { id: string; createdBy: string; at: string }): NewChat {
  assertPossible(body, made.createdBy)
  const encryption = body.encryption ?? (body.type === 'channel' ? 'managed' : 'e2ee')
  return {
    ...made,
    type: body.type,
    name: body.type === 'direct' ? null : (body.name?.normalize('NFC') ?? null),
    description: body.description?.normalize('NFC') ?? '',
    avatarUrl: null,
    isPublic: body.isPublic ?? false,
    encryption,
    directKey:
      body.type === 'direct'
        ? directKey([made.createdBy, peerOf(body, made.createdBy)], encryption)
        : null,
    ...withDefaults(body, encryption),
  }
}

/** The other person of a direct chat. */
export function peerOf(body: Body, callerId: string): string {
  const [peerId, ...more] = [...new Set(body.memberIds ?? [])].filter((id) => id !== callerId)
  if (peerId === undefined || more.length > 0) {
    throw new AppError(validationError, [
      { path: 'memberIds', message: 'a direct chat needs exactly one other person' },
    ])
  }
  return peerId
}

/** A pair has one direct chat of each encryption. */
const directKey = (pair: [string, string], encryption: string): string =>
  [...pair.sort(), encryption].join(':')

function assertPossible(body: Body, callerId: string): void {
  if (body.type === 'direct') peerOf(body, callerId)
  else if (body.name === undefined) {
    throw new AppError(validationError, [
      { path: 'name', message: 'a group or channel needs a name' },
    ])
  }
  const problems = body.type === 'direct' ? notInDirect(body) : []
  if (body.encryption === 'e2ee' && body.settings?.historyVisibility === 'full') {
    problems.push({ path: 'settings.historyVisibility', message: 'is since_join in an e2ee chat' })
  }
  if (problems.length > 0) throw new AppError(invalidInput, problems)
}

function notInDirect({ isPublic, name, avatarFileId }: Body): Problem[] {
  const problems: Problem[] = []
  if (isPublic) problems.push({ path: 'isPublic', message: 'a direct chat is never public' })
  if (name !== undefined) problems.push({ path: 'name', message: 'a direct chat has no name' })
  if (avatarFileId !== undefined) {
    problems.push({ path: 'avatarFileId', message: 'a direct chat has no picture' })
  }
  return problems
}

function withDefaults(body: Body, encryption: string): ChatSettings {
  const isFull = encryption === 'managed' && body.type === 'channel'
  const given = Object.fromEntries(
    Object.entries(body.settings ?? {}).filter(([, value]) => value !== undefined),
  )
  return {
    disappearingSeconds: null,
    slowModeSeconds: 0,
    historyVisibility: isFull ? 'full' : 'since_join',
    joinMode: body.isPublic ? 'open' : 'invite',
    ...given,
  }
}

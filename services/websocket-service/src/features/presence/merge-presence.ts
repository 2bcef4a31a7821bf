import type { UserStatus } from '@sup/types'

/** What one connection says about its user. */
export type PresenceField = {
  status: UserStatus
  /** When its node last vouched for it, in Unix milliseconds. */
  at: number
  /** Since when it is connected, in Unix milliseconds. */
  since: number
}

/** Readers ignore what nobody has vouched for since then: its node is gone. */
export const FRESH_MS = 60_000

const RANK: Readonly<Record<UserStatus, number>> = { offline: 0, away: 1, online: 2 }

/** The field that says when a connection left last; it is none itself. */
export const LEFT_FIELD = 'left'

export type MergedPresence = {
  /** The best of all connections. */
  status: UserStatus
  /** Fields that are to be removed. */
  stale: string[]
  /** The connections that count, oldest first. */
  live: string[]
  /** When a connection left last, in Unix milliseconds; 0 when that is not known. */
  leftAt: number
}

/**
 * Merges what the connections of a user say, over all nodes.
 *
 * @param hash The Redis hash `presence:{userId}:sockets`: JSON by `{nodeId}:{socketId}`.
 */
export function mergePresence(hash: Readonly<Record<string, string>>, now: number): MergedPresence {
  const live: { name: string; field: PresenceField }[] = []
  const stale: string[] = []
  let leftAt = 0
  for (const [name, json] of Object.entries(hash)) {
    const field = readField(json)
    if (!field || now - field.at > FRESH_MS) stale.push(name)
    else if (name === LEFT_FIELD) leftAt = field.at
    else live.push({ name, field })
  }
  live.sort((a, b) => a.field.since - b.field.since || (a.name < b.name ? -1 : 1))
  const status = live.reduce<UserStatus>(
    (best, { field }) => (RANK[field.status] > RANK[best] ? field.status : best),
    'offline',
  )
  return { status, stale, live: live.map(({ name }) => name), leftAt }
}

const isStatus = (value: unknown): value is UserStatus =>
  value === 'online' || value === 'away' || value === 'offline'

function readField(json: string): PresenceField | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (!('status' in value && isStatus(value.status))) return undefined
  if (!('at' in value && typeof value.at === 'number')) return undefined
  const since = 'since' in value && typeof value.since === 'number' ? value.since : value.at
  return { status: value.status, at: value.at, since }
}

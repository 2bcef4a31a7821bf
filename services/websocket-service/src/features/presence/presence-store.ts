import type { Redis } from '@sup/service-kit/redis'
import type { UUID, UserStatus } from '@sup/types'
import {
  FRESH_MS,
  type MergedPresence,
  type PresenceField,
  mergePresence,
} from './merge-presence.js'

/** Members: users; scores: when somebody last vouched for them, in Unix milliseconds. */
const VOUCHED_KEY = 'presence:vouched'

const statusKey = (userId: UUID): string => `presence:${userId}`
const socketsKey = (userId: UUID): string => `presence:${userId}:sockets`

export type PresenceChange = {
  status: UserStatus
  /** The status that stood before; this call changed it when it differs. */
  before: UserStatus
  live: string[]
}

/** Presence in Redis: derived, short-lived, gone without harm when Redis is emptied. */
export function presenceStore(redis: Pick<Redis, 'command'>, ttlSeconds: number) {
  const { command } = redis

  async function merged(userId: UUID, now: number): Promise<MergedPresence> {
    const result = mergePresence(await command.hgetall(socketsKey(userId)), now)
    if (result.stale.length > 0) await command.hdel(socketsKey(userId), ...result.stale)
    return result
  }

  /** Writes the status; whoever finds another one before is who tells the others. */
  async function settle(userId: UUID, now: number): Promise<PresenceChange> {
    const { status, live } = await merged(userId, now)
    const key = statusKey(userId)
    const before =
      status === 'offline'
        ? await command.getdel(key)
        : await command.set(key, status, 'EX', ttlSeconds, 'GET')
    if (live.length === 0) await command.zrem(VOUCHED_KEY, userId)
    return { status, before: toStatus(before), live }
  }

  return {
    /** Vouches for connections of a user on this node, and says what the user's status is now. */
    async vouch(
      userId: UUID,
      fields: ReadonlyMap<string, PresenceField>,
      now: number,
    ): Promise<PresenceChange> {
      const key = socketsKey(userId)
      const values = [...fields].flatMap(([name, field]) => [name, JSON.stringify(field)])
      await Promise.all([
        values.length > 0 ? command.hset(key, ...values) : undefined,
        command.pexpire(key, FRESH_MS),
        command.zadd(VOUCHED_KEY, now, userId),
      ])
      return settle(userId, now)
    },

    /** Takes connections away; the status is settled later, by `settle`. */
    async remove(userId: UUID, names: readonly string[]): Promise<void> {
      if (names.length > 0) await command.hdel(socketsKey(userId), ...names)
    },

    settle,

    /** Users for whom nobody has vouched for a minute: their nodes are gone. */
    forgotten: (now: number, limit: number): Promise<UUID[]> =>
      command.zrangebyscore(VOUCHED_KEY, 0, now - FRESH_MS, 'LIMIT', 0, limit),
  }
}

export type PresenceStore = ReturnType<typeof presenceStore>

const toStatus = (text: string | null): UserStatus =>
  text === 'online' || text === 'away' ? text : 'offline'

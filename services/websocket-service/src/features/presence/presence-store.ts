import type { Redis } from '@sup/service-kit/redis'
import type { UUID, UserStatus } from '@sup/types'
import {
  FRESH_MS,
  LEFT_FIELD,
  type MergedPresence,
  type PresenceField,
  mergePresence,
} from './merge-presence.js'

/** Between the last connection of a user and `offline`. */
export const OFFLINE_AFTER_MS = 5000

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

type Command = Redis['command']

/** Writes the status; whoever finds another one before is who tells the others. */
async function write(
  command: Command,
  { userId, ttlSeconds }: { userId: UUID; ttlSeconds: number },
  { status, live, stale }: MergedPresence,
): Promise<PresenceChange> {
  const key = statusKey(userId)
  const [before] = await Promise.all([
    status === 'offline' ? command.getdel(key) : command.set(key, status, 'EX', ttlSeconds, 'GET'),
    stale.length > 0 ? command.hdel(socketsKey(userId), ...stale) : undefined,
    live.length === 0 ? command.zrem(VOUCHED_KEY, userId) : undefined,
  ])
  return { status, before: toStatus(before), live }
}

/** Presence in Redis: derived, short-lived, gone without harm when Redis is emptied. */
export function presenceStore(redis: Pick<Redis, 'command'>, ttlSeconds: number) {
  const { command } = redis

  async function settle(userId: UUID, now: number): Promise<PresenceChange | undefined> {
    const merged = mergePresence(await command.hgetall(socketsKey(userId)), now)
    // Another node's connection may have been the last one, and may have left after ours.
    const isTooEarly = merged.live.length === 0 && now - merged.leftAt < OFFLINE_AFTER_MS
    return isTooEarly ? undefined : write(command, { userId, ttlSeconds }, merged)
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
      // One connection keeps the order, so the reading sees what is written before it, in one round trip.
      const [, , , hash] = await Promise.all([
        values.length > 0 ? command.hset(key, ...values) : undefined,
        command.pexpire(key, FRESH_MS),
        command.zadd(VOUCHED_KEY, now, userId),
        command.hgetall(key),
      ])
      return write(command, { userId, ttlSeconds }, mergePresence(hash, now))
    },

    /** Takes connections away. */
    async remove(userId: UUID, names: readonly string[], now: number): Promise<void> {
      const key = socketsKey(userId)
      const left: PresenceField = { status: 'offline', at: now, since: now }
      await Promise.all([
        command.hset(key, LEFT_FIELD, JSON.stringify(left)),
        names.length > 0 ? command.hdel(key, ...names) : undefined,
        command.pexpire(key, FRESH_MS),
      ])
    },

    /** Says what the status is now, after connections left; nothing while it is too early to say `offline`. */
    settle,

    /** Users for whom nobody has vouched for a minute: their nodes are gone. */
    forgotten: (now: number, limit: number): Promise<UUID[]> =>
      command.zrangebyscore(VOUCHED_KEY, 0, now - FRESH_MS, 'LIMIT', 0, limit),
  }
}

export type PresenceStore = ReturnType<typeof presenceStore>

const toStatus = (text: string | null): UserStatus =>
  text === 'online' || text === 'away' ? text : 'offline'

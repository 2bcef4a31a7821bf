import type { UserStatus } from '@sup/types'
import { z } from 'zod'
import type { Needs } from '../../deps.js'
import { withCopies } from '../../redis-copy.js'

const STALE_AFTER_MS = 60_000
const RANK: readonly UserStatus[] = ['online', 'away', 'offline']

/** One connection, as its node refreshes it every 20 s; `at` in Unix milliseconds or as an ISO time. */
const Connection = z.object({
  status: z.enum(['online', 'away', 'offline']),
  at: z.union([z.number(), z.iso.datetime().transform((time) => Date.parse(time))]),
})

/**
 * What people's connections say now, by account: the best status of those that were refreshed within the
 * last minute.
 *
 * @returns Undefined while Redis is away.
 */
export function readLivePresence(
  needs: Needs<'redis' | 'clock' | 'log'>,
  userIds: readonly string[],
): Promise<Map<string, UserStatus> | undefined> {
  const oldest = needs.clock.now().getTime() - STALE_AFTER_MS
  return withCopies(needs, async (command) => {
    const keys = userIds.map((id) => `presence:${id}:sockets`)
    const connections = await Promise.all(keys.map((key) => command.hvals(key)))
    return new Map(userIds.map((id, i) => [id, best(connections[i] ?? [], oldest)]))
  })
}

function best(connections: readonly string[], oldest: number): UserStatus {
  const live = new Set(
    connections
      .map(parse)
      .filter((one) => one !== undefined && one.at > oldest)
      .map((one) => one?.status),
  )
  return RANK.find((status) => live.has(status)) ?? 'offline'
}

function parse(text: string): z.output<typeof Connection> | undefined {
  try {
    return Connection.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

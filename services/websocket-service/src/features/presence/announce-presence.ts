import type { Clock } from '@sup/service-kit/clock'
import type { InternalClient } from '@sup/service-kit/http'
import type { Logger } from '@sup/service-kit/log'
import {
  LIMITS,
  type Payload,
  type UUID,
  type UserStatus,
  type presence,
  storePresence,
} from '@sup/types'
import { Batcher } from '../../batcher.js'
import type { Io } from '../../io.js'
import { userRoom } from '../../rooms.js'
import { type Audiences, createAudiences } from './audiences.js'
import type { PresenceChange } from './presence-store.js'

/** Rooms named in one broadcast: it goes to every node as one message. */
const ROOMS_AT_ONCE = 500
const MOST_WAITING = 20_000

export type AnnouncerNeeds = { io: Io; mainApi: InternalClient; clock: Clock; log: Logger }

/** Tells who may know, and main-api, when somebody comes, goes or is away. */
export type Announcer = {
  ifChanged(userId: UUID, change: PresenceChange): Promise<void>
  dropAudience: Audiences['drop']
  /** Resolves when main-api has been told everything. */
  idle(): Promise<void>
}

type Stored = { userId: UUID; status: UserStatus; lastSeen: string }

export function createAnnouncer(needs: AnnouncerNeeds): Announcer {
  const { io, mainApi, clock, log } = needs
  const audiences = createAudiences(mainApi)
  const storing = new Batcher<Stored, true>({
    maxItems: LIMITS.batchItems,
    maxWaiting: MOST_WAITING,
    send: async (items) => {
      const newest = new Map(items.map((item) => [item.userId, item] as const))
      const body = { items: [...newest.values()] }
      await mainApi.callInternal(storePresence, { body, isIdempotent: true })
      return items.map(() => true)
    },
  })

  /** May be lost, and then shows when the other one next looks at the profile. */
  function tell(audience: readonly UUID[], notice: Payload<typeof presence>): void {
    for (let i = 0; i < audience.length; i += ROOMS_AT_ONCE) {
      io.to(audience.slice(i, i + ROOMS_AT_ONCE).map(userRoom)).emit('presence', notice)
    }
  }

  return {
    async ifChanged(userId, { status, before }) {
      if (status === before) return
      const lastSeen = clock.now().toISOString()
      storing.add({ userId, status, lastSeen }).catch((err: unknown) => {
        log.debug('Presence was not stored', { err })
      })
      tell(await audiences.of(userId), { userId, status })
    },
    dropAudience: (userId) => {
      audiences.drop(userId)
    },
    idle: () => storing.idle(),
  }
}

import { LIMITS, type SyncPage, sync, syncChats } from '@sup/types'
import { fullJitter } from '../base/chance.js'
import { type Clock, wait } from '../base/clock.js'
import type { Log } from '../base/log.js'
import { closed, concernsSession, isSupError } from '../base/sup-error.js'
import type { Call } from '../http/call.js'
import { type PageKind, applyPage } from './apply-page.js'
import type { Inbox } from './inbox.js'
import { type ChatTrack, type World, isBehind } from './world.js'

/** Fetches what the socket did not bring. */
export type CatchUp = {
  /**
   * Everything since the cursor, in pages; resolves when it is stored. A call while a round runs
   * gives one that begins after it.
   * @throws SupError when the server cannot be asked.
   */
  round: () => Promise<void>
  /** As `round`, tried until it succeeds. Never rejects. */
  keepTrying: () => Promise<void>
  /** The server's newest positions: chats that are behind them are fetched soon. */
  noteHeads: (epoch: string, heads: Record<string, number>) => void
  /** Looks for chats with a gap, which is held for 250 ms before it is fetched. */
  watchGaps: () => void
  /** Fetches the newest part of a chat again and believes it. */
  repair: (chatId: string) => void
  stop: () => void
}

export type CatchUpNeeds = { world: World; inbox: Inbox; call: Call; clock: Clock; log: Log }

type Keeper = CatchUpNeeds & {
  stopping: AbortController
  running?: Promise<void> | undefined
  next?: Promise<void> | undefined
  isWatching: boolean
  failures: number
  /** When a chat was last repaired, and when a round was last run because the server was behind. */
  repairs: Map<string, number>
  doubtedAt: number
}

const GAP_HELD_MS = 250
const REPAIR_WINDOW = 200
const CHATS_PER_CALL = 200
/** What a wrong server could make a client do again and again is done this seldom. */
const SELDOM_MS = 60_000

export function createCatchUp(needs: CatchUpNeeds): CatchUp {
  const self: Keeper = {
    ...needs,
    stopping: new AbortController(),
    isWatching: false,
    failures: 0,
    repairs: new Map(),
    doubtedAt: -Infinity,
  }
  return {
    round: () => round(self),
    keepTrying: () => keepTrying(self),
    noteHeads(epoch, heads) {
      noteHeads(self, epoch, heads)
    },
    watchGaps() {
      watchGaps(self)
    },
    repair(chatId) {
      void repair(self, chatId)
    },
    stop: () => {
      self.stopping.abort(closed())
    },
  }
}

function round(self: Keeper): Promise<void> {
  if (!self.running) {
    self.running = runRound(self).finally(() => {
      self.running = undefined
      watchGaps(self)
    })
    return self.running
  }
  self.next ??= self.running
    .catch(() => undefined)
    .then(() => {
      self.next = undefined
      return round(self)
    })
  return self.next
}

async function runRound(self: Keeper): Promise<void> {
  const { world, call, stopping } = self
  // Whether the round began without a cursor, or was made to.
  const progress = { isFirst: false }
  for (;;) {
    const { cursor } = world
    const query = { limit: LIMITS.syncPageMax, ...(cursor !== undefined && { cursor }) }
    try {
      const { data: page } = await call(sync, { query }, { signal: stopping.signal })
      progress.isFirst ||= page.reset
      await apply(self, { page, kind: 'round', isFirst: progress.isFirst })
      if (!page.hasMore) return
    } catch (err) {
      if (cursor === undefined || !isSupError(err) || err.code !== 'VALIDATION_ERROR') throw err
      self.log.warn('the server does not know the cursor: starting again without one')
      world.cursor = undefined
    }
  }
}

const apply = (
  { inbox, world }: Keeper,
  reading: { page: SyncPage; kind: PageKind; isFirst: boolean },
): Promise<void> =>
  inbox.push((batch) => {
    applyPage(world, batch, reading)
  })

const isStopped = ({ stopping }: Keeper): boolean => stopping.signal.aborted

async function keepTrying(self: Keeper): Promise<void> {
  const { stopping, clock, log } = self
  for (let attempt = 0; !isStopped(self); attempt++) {
    try {
      await round(self)
      return
    } catch (err) {
      if (isStopped(self) || concernsSession(err)) return
      log.debug('a round of sync failed', { err })
      await wait(clock, fullJitter(attempt), stopping.signal).catch(() => undefined)
    }
  }
}

function noteHeads(self: Keeper, epoch: string, heads: Record<string, number>): void {
  const { world, clock } = self
  let needsRound = world.epoch !== epoch
  let isAhead = false
  for (const [chatId, seq] of Object.entries(heads)) {
    const track = world.tracks.get(chatId)
    if (!track) needsRound = true
    else if (seq < track.head.seq) isAhead = true
    else track.target = Math.max(track.target, seq)
  }
  // Mostly the heads were only read before the newest entry came.
  if (isAhead && clock.now() - self.doubtedAt > SELDOM_MS) {
    self.doubtedAt = clock.now()
    needsRound = true
  }
  if (needsRound) void keepTrying(self)
  watchGaps(self)
}

/** Most gaps close by themselves: the missing entry is on its way. */
function watchGaps(self: Keeper): void {
  if (self.isWatching || isStopped(self) || !hasGaps(self)) return
  self.isWatching = true
  const delay = self.failures > 0 ? fullJitter(self.failures) : 0
  void wait(self.clock, GAP_HELD_MS + delay, self.stopping.signal)
    .then(() => closeGaps(self))
    .catch((err: unknown) => {
      self.failures += 1
      self.log.debug('a gap could not be fetched', { err })
    })
    .finally(() => {
      self.isWatching = false
      watchGaps(self)
    })
}

const behind = ({ world }: Keeper): ChatTrack[] => [...world.tracks.values()].filter(isBehind)
const hasGaps = (self: Keeper): boolean => behind(self).length > 0

async function closeGaps(self: Keeper): Promise<void> {
  // A round brings what is missing; what is then still missing is looked at again.
  if (self.running) return self.running.catch(() => undefined)
  const { world, call, stopping } = self
  const tracks = behind(self).slice(0, CHATS_PER_CALL)
  if (tracks.length === 0) return
  const before = new Map(tracks.map((track) => [track, track.head.seq]))
  const { data: page } = await call(
    syncChats,
    {
      body: {
        ...(world.epoch !== undefined && { epoch: world.epoch }),
        chats: tracks.map(({ chat, head }) => ({ chatId: chat.id, after: head.seq })),
        limit: LIMITS.syncPageMax,
      },
    },
    { signal: stopping.signal, attempts: 4 },
  )
  self.failures = 0
  await apply(self, { page, kind: 'chats', isFirst: false })
  for (const [track, seq] of before) {
    // The server has no more than this: what was announced does not exist.
    if (track.head.seq === seq && !page.hasMore) track.target = seq
  }
}

async function repair(self: Keeper, chatId: string): Promise<void> {
  const { world, call, clock, stopping, log } = self
  const track = world.tracks.get(chatId)
  const last = self.repairs.get(chatId) ?? -Infinity
  if (!track || clock.now() - last < SELDOM_MS) return
  self.repairs.set(chatId, clock.now())
  const base = track.chat.my?.base.seq ?? 0
  const after = Math.max(base, track.head.seq - REPAIR_WINDOW)
  try {
    const body = { chats: [{ chatId, after }], limit: LIMITS.syncPageMax }
    const { data: page } = await call(syncChats, { body }, { signal: stopping.signal, attempts: 4 })
    await apply(self, { page, kind: 'repair', isFirst: true })
  } catch (err) {
    if (!isStopped(self)) log.warn('a chat could not be repaired', { chatId, err })
  }
}

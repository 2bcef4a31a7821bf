import { fullJitter } from '../base/chance.js'
import { type Clock, wait } from '../base/clock.js'
import type { Log } from '../base/log.js'
import type { Storage } from '../storage/storage.js'
import { type Batch, type Emission, type World, newBatch, putTrack } from './world.js'

/**
 * The one place where news enter the world, one after the other. What waits is taken together:
 * applied in memory, written in one transaction, and only then told and acknowledged.
 */
export type Inbox = {
  /** Resolves when the news are stored and told. */
  push: (apply: (batch: Batch) => void) => Promise<void>
  stop: () => void
}

export type InboxNeeds = {
  world: World
  storage: Storage
  clock: Clock
  log: Log
  tell: (emission: Emission) => void
  /** What must follow: acknowledgements, rounds, repairs. Called after the events were told. */
  followUp: (batch: Batch) => void
}

type News = { apply: (batch: Batch) => void; done: () => void }
type Keeper = InboxNeeds & { news: News[]; isRunning: boolean; stopping: AbortController }

export function createInbox(needs: InboxNeeds): Inbox {
  const inbox: Keeper = { ...needs, news: [], isRunning: false, stopping: new AbortController() }
  return {
    push: (apply) =>
      new Promise((done) => {
        inbox.news.push({ apply, done })
        if (!inbox.isRunning) void run(inbox)
      }),
    stop: () => {
      inbox.stopping.abort()
    },
  }
}

async function run(inbox: Keeper): Promise<void> {
  inbox.isRunning = true
  while (inbox.news.length > 0 && !inbox.stopping.signal.aborted) {
    const news = inbox.news.splice(0)
    const batch = newBatch()
    for (const { apply } of news) applySafely(inbox, batch, apply)
    await write(inbox, batch)
    for (const emission of batch.emissions) inbox.tell(emission)
    inbox.followUp(batch)
    for (const { done } of news) done()
  }
  inbox.isRunning = false
}

/** A server that sends nonsense must not stop what others send. */
function applySafely(inbox: Keeper, batch: Batch, apply: (batch: Batch) => void): void {
  try {
    apply(batch)
  } catch (err) {
    inbox.log.warn('news of the server could not be used', { err })
  }
}

/** A full disk holds everything up: what is not stored is neither told nor acknowledged. */
async function write(inbox: Keeper, batch: Batch): Promise<void> {
  const { storage, world, stopping } = inbox
  const changes = [...batch.changes]
  for (const chatId of batch.touched) {
    const track = world.tracks.get(chatId)
    if (track) changes.push(putTrack(track))
  }
  if (changes.length === 0) return
  for (let attempt = 0; !stopping.signal.aborted; attempt++) {
    try {
      await storage.transaction(changes, { durable: batch.isDurable })
      return
    } catch (err) {
      inbox.log.warn('news could not be stored', { err })
      await wait(inbox.clock, fullJitter(attempt), stopping.signal).catch(() => undefined)
    }
  }
}

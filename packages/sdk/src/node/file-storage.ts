import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, silentLog } from '../base/log.js'
import { type TextChange, createRecords, toText } from '../storage/records.js'
import type { Storage } from '../storage/storage.js'
import { type Journal, openJournal } from './journal.js'
import { type Tenants, createTenants } from './tenants.js'

/** A journal is rewritten when it is this long, in bytes, and mostly out of date. */
const COMPACT_ABOVE = 4 * 1024 * 1024
const CLEANER_POLL_MS = 20

type Waiting = {
  changes: TextChange[]
  durable: boolean
  resolve: () => void
  reject: (err: unknown) => void
}

/**
 * Opens a storage in a folder of its own (mode 700). Several processes may have it open at once:
 * each sees what the others wrote. A crash loses only what was not acknowledged; a power cut only
 * what was not `durable`.
 * @param options.compactAbove bytes from which the file is rewritten when it is opened and when it
 * has grown that much, while no other process uses it.
 */
export async function openFileStorage(
  folder: string,
  options: { log?: Log; compactAbove?: number } = {},
): Promise<Storage> {
  const log = options.log ?? silentLog
  const records = createRecords()
  const tenants = createTenants(join(folder, 'users'))
  const leave = await tenants.enter('user')
  // Removes the marks of processes that were killed.
  await tenants.living('user')
  while ((await tenants.living('cleaner')).length > 0) await sleep(CLEANER_POLL_MS)
  const journal = await openJournal(join(folder, 'store.log'), records, log)
  const compactAbove = options.compactAbove ?? COMPACT_ABOVE
  const tidyUp = async (): Promise<void> => {
    const isMostlyOld = journal.size() >= compactAbove && journal.size() > 2 * records.size()
    if (isMostlyOld) await compactIfAlone(journal, tenants)
  }
  await tidyUp()
  const writer = createWriter(journal, { tidyUp, every: compactAbove })
  return {
    async get(namespace, key) {
      await writer.run(journal.catchUp)
      return records.get(namespace, key)
    },
    async list(namespace) {
      await writer.run(journal.catchUp)
      return records.list(namespace)
    },
    transaction: (changes, { durable = false } = {}) => writer.write(changes.map(toText), durable),
    flush: () => writer.run(journal.sync),
    async close() {
      await writer.run(journal.sync)
      await writer.run(journal.close)
      await leave()
    },
  }
}

/**
 * Everything that touches the file goes one after the other; transactions that wait meanwhile are
 * written and made durable together.
 */
function createWriter(journal: Journal, upkeep: { tidyUp: () => Promise<void>; every: number }) {
  let tail: Promise<void> = Promise.resolve()
  let waiting: Waiting[] = []
  let tidyAt = journal.size() + upkeep.every

  const run = <T>(task: () => Promise<T>): Promise<T> => {
    const done = tail.then(task)
    tail = done.then(
      () => undefined,
      () => undefined,
    )
    return done
  }

  async function writeWaiting(): Promise<void> {
    const batch = waiting
    waiting = []
    if (batch.length === 0) return
    try {
      await journal.append(batch.map((one) => one.changes))
      if (batch.some((one) => one.durable)) await journal.sync()
    } catch (err) {
      for (const one of batch) one.reject(err)
      return
    }
    for (const one of batch) one.resolve()
    if (journal.size() < tidyAt) return
    await upkeep.tidyUp()
    tidyAt = journal.size() + upkeep.every
  }

  return {
    run,
    write: (changes: TextChange[], durable: boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        waiting.push({ changes, durable, resolve, reject })
        void run(writeWaiting)
      }),
  }
}

/**
 * A process first marks itself a user and then waits while there is a cleaner; a cleaner first marks
 * itself and then looks for other users. Whichever comes second sees the first, so nobody writes to
 * the old file while it is replaced.
 */
async function compactIfAlone(journal: Journal, tenants: Tenants): Promise<void> {
  const leave = await tenants.enter('cleaner')
  try {
    const users = await tenants.living('user')
    const cleaners = await tenants.living('cleaner')
    if (users.length === 1 && cleaners.length === 1) {
      await journal.catchUp()
      await journal.compact()
    }
  } finally {
    await leave()
  }
}

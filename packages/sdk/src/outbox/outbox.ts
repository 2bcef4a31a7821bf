import type { z } from 'zod'
import type { Clock } from '../base/clock.js'
import type { Log } from '../base/log.js'
import { SupError, closed } from '../base/sup-error.js'
import { type Storage, type StorageChange, drop, put, remove } from '../storage/storage.js'
import type { Deliver } from './deliver.js'
import {
  type OutboxEntry,
  OutboxRecord,
  type OutboxState,
  SendBody,
  type Stored,
  entryOf,
  recordOf,
} from './entry.js'
import { type Lane, type Refusal, createLane } from './lane.js'

/** What a person wants to send; the id is made when it is left out. */
export type Draft = Omit<z.input<typeof SendBody>, 'clientMessageId'> & { clientMessageId?: string }

/**
 * Own messages on their way, kept in the storage from before the first attempt until after the
 * server has them. Accepted messages stay for a while: their ticks move, and a server that was
 * restored from a backup gets them again.
 */
export type Outbox = {
  /** Reads what an earlier process left; nothing is sent before `resume` or the first `add`. */
  load: () => Promise<void>
  /** Goes on sending what is left. */
  resume: () => void
  /** @throws SupError VALIDATION_ERROR for what no server would take. Returns when it is on disk. */
  add: (draft: Draft) => Promise<OutboxEntry>
  find: (clientMessageId: string) => OutboxEntry | undefined
  /** Oldest first; of all chats without `chatId`. */
  list: (chatId?: string) => OutboxEntry[]
  /** Sends a failed message once more. */
  retry: (clientMessageId: string) => Promise<void>
  /** Forgets a message that is not being sent. @returns false when it was too late. */
  discard: (clientMessageId: string) => Promise<boolean>
  /** Somebody showed that the server has this message. */
  acknowledge: (clientMessageId: string, stored: Stored) => Promise<void>
  /** How far all other members of a chat have it, as positions in its log. */
  mark: (chatId: string, deliveredSeq: number, readSeq: number) => void
  /** Sends accepted messages again: the server may have lost them. It knows those it has. */
  resendStored: () => Promise<void>
  /** Ends all waits. */
  wake: () => void
  stop: () => void
  /** Stops, and forgets everything. */
  clear: () => Promise<void>
}

export type OutboxNeeds = {
  storage: Storage
  clock: Clock
  log: Log
  newId: () => string
  deliver: Deliver
  /** Told of every change of state, with a copy. */
  onChange: (entry: OutboxEntry) => void
}

type Keeper = OutboxNeeds & {
  entries: Map<string, OutboxEntry>
  lanes: Map<string, Lane>
  marks: Map<string, { deliveredSeq: number; readSeq: number }>
  /** `loaded` waits for a reason to send. */
  phase: 'stopped' | 'loaded' | 'running'
}

const NAMESPACE = 'outbox'
/** How many accepted messages are kept. */
const KEPT = 500

export function createOutbox(needs: OutboxNeeds): Outbox {
  const box: Keeper = {
    ...needs,
    entries: new Map(),
    lanes: new Map(),
    marks: new Map(),
    phase: 'stopped',
  }
  return {
    load: () => load(box),
    resume: () => {
      resume(box)
    },
    add: (draft) => add(box, draft),
    find: (clientMessageId) => box.entries.get(clientMessageId),
    list: (chatId) => list(box, chatId),
    retry: (clientMessageId) => retry(box, clientMessageId),
    discard: (clientMessageId) => discard(box, clientMessageId),
    async acknowledge(clientMessageId, stored) {
      const entry = box.entries.get(clientMessageId)
      if (entry && !entry.stored) await store(box, entry, stored)
    },
    mark(chatId, deliveredSeq, readSeq) {
      box.marks.set(chatId, { deliveredSeq, readSeq })
      for (const entry of list(box, chatId)) applyMarks(box, entry)
    },
    resendStored: () => resendStored(box),
    wake() {
      for (const lane of box.lanes.values()) lane.wake()
    },
    stop: () => {
      stop(box)
    },
    async clear() {
      stop(box)
      box.entries.clear()
      await box.storage.transaction([drop(NAMESPACE)], { durable: true })
    },
  }
}

function stop(box: Keeper): void {
  box.phase = 'stopped'
  for (const lane of box.lanes.values()) lane.stop()
  box.lanes.clear()
}

async function load(box: Keeper): Promise<void> {
  if (box.phase !== 'stopped') return
  box.phase = 'loaded'
  for (const { value } of await box.storage.list(NAMESPACE)) {
    const record = OutboxRecord.safeParse(value)
    if (!record.success) box.log.warn('an entry of the outbox could not be read')
    else if (!box.entries.has(record.data.body.clientMessageId)) {
      box.entries.set(record.data.body.clientMessageId, entryOf(record.data))
    }
  }
}

function resume(box: Keeper): void {
  if (box.phase !== 'loaded') return
  box.phase = 'running'
  for (const entry of list(box)) {
    if (!entry.stored && !entry.error) laneOf(box, entry).add(entry)
  }
}

/** Writes what may be lost: after a power cut the message is sent again, and the server knows it. */
async function keep(box: Keeper, entry: OutboxEntry): Promise<void> {
  const changes = [put(NAMESPACE, entry.order, recordOf(entry)), ...forgetOldest(box)]
  await box.storage.transaction(changes).catch((err: unknown) => {
    box.log.warn('the outbox could not be written', { err })
  })
}

async function add(box: Keeper, draft: Draft): Promise<OutboxEntry> {
  if (box.phase === 'stopped') throw closed()
  resume(box)
  const order = box.newId()
  const body = SendBody.safeParse({ ...draft, clientMessageId: draft.clientMessageId ?? order })
  if (!body.success) {
    const details = body.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      message,
    }))
    const message = 'The message cannot be sent like this: see details'
    throw new SupError({ code: 'VALIDATION_ERROR', status: 400, message, details })
  }
  const entry = entryOf({ order, createdAt: box.clock.now(), body: body.data })
  await box.storage.transaction([put(NAMESPACE, order, recordOf(entry))], { durable: true })
  box.entries.set(entry.body.clientMessageId, entry)
  box.onChange({ ...entry })
  laneOf(box, entry).add(entry)
  return { ...entry }
}

function list(box: Keeper, chatId?: string): OutboxEntry[] {
  const all = [...box.entries.values()].filter(
    (e) => chatId === undefined || e.body.chatId === chatId,
  )
  return all.sort((a, b) => (a.order < b.order ? -1 : 1))
}

function laneOf(box: Keeper, { body: { chatId } }: OutboxEntry): Lane {
  const known = box.lanes.get(chatId)
  if (known) return known
  const lane = createLane({
    clock: box.clock,
    deliver: box.deliver,
    onSending: (entry) => {
      move(box, entry, 'sending')
    },
    onWaiting: (entry) => {
      move(box, entry, 'queued')
    },
    onStored: (entry, stored) => store(box, entry, stored),
    onRefused: (entry, reason) => refuse(box, entry, reason),
  })
  box.lanes.set(chatId, lane)
  return lane
}

function move(box: Keeper, entry: OutboxEntry, state: OutboxState): void {
  if (entry.state === state) return
  entry.state = state
  box.onChange({ ...entry })
}

async function store(box: Keeper, entry: OutboxEntry, stored: Stored): Promise<void> {
  if (entry.stored) return
  const { id, seq, createdAt } = stored
  entry.stored = { id, seq, createdAt }
  move(box, entry, 'sent')
  applyMarks(box, entry)
  await keep(box, entry)
}

function forgetOldest(box: Keeper): StorageChange[] {
  if (box.entries.size <= KEPT) return []
  const stored = list(box).filter((entry) => entry.stored)
  const old = stored.slice(0, Math.max(0, stored.length - KEPT))
  for (const entry of old) box.entries.delete(entry.body.clientMessageId)
  return old.map((entry) => remove(NAMESPACE, entry.order))
}

async function refuse(box: Keeper, entry: OutboxEntry, error: Refusal): Promise<void> {
  entry.error = error
  move(box, entry, 'failed')
  await keep(box, entry)
}

async function retry(box: Keeper, clientMessageId: string): Promise<void> {
  const entry = box.entries.get(clientMessageId)
  if (entry?.state !== 'failed') return
  delete entry.error
  await box.storage.transaction([put(NAMESPACE, entry.order, recordOf(entry))], { durable: true })
  move(box, entry, 'queued')
  if (box.phase === 'loaded') resume(box)
  else laneOf(box, entry).add(entry)
}

async function discard(box: Keeper, clientMessageId: string): Promise<boolean> {
  const entry = box.entries.get(clientMessageId)
  if (!entry || entry.state === 'sending') return false
  box.entries.delete(clientMessageId)
  laneOf(box, entry).take(entry)
  await box.storage.transaction([remove(NAMESPACE, entry.order)], { durable: true })
  return true
}

function applyMarks(box: Keeper, entry: OutboxEntry): void {
  const marks = box.marks.get(entry.body.chatId)
  if (!marks || !entry.stored) return
  if (entry.stored.seq <= marks.readSeq) move(box, entry, 'read')
  else if (entry.stored.seq <= marks.deliveredSeq) move(box, entry, 'delivered')
}

async function resendStored(box: Keeper): Promise<void> {
  box.marks.clear()
  for (const entry of list(box).filter((one) => one.stored)) {
    delete entry.stored
    await keep(box, entry)
    move(box, entry, 'queued')
    laneOf(box, entry).add(entry)
  }
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Message, SyncPage } from '@sup/types'
import { ALICE, CHAT, EPOCH, authResult, digestOf, uuidOf } from '../../test/examples.js'
import { type ManualClock, createManualClock, settle } from '../../test/manual-clock.js'
import { type ScriptedServer, ok, refuse, startScriptedServer } from '../../test/scripted-server.js'
import { chatPage, log, syncPage } from '../../test/sync-world.js'
import { silentLog } from '../base/log.js'
import { createClient } from '../client.js'
import { createMemoryStorage } from '../storage/memory-storage.js'
import { put } from '../storage/storage.js'
import { applyLive } from './apply-entries.js'
import { type CatchUp, createCatchUp } from './catch-up.js'
import { fromMessage } from './incoming.js'
import { type Inbox, createInbox } from './inbox.js'
import { type World, loadMessages, loadWorld } from './world.js'

let server: ScriptedServer
let clock: ManualClock
let world: World
let inbox: Inbox
let catchUp: CatchUp
let told: string[]
let repairs: string[]
let storage: ReturnType<typeof createMemoryStorage>

const pageOf = (from: number, to: number, more: Partial<SyncPage> = {}): SyncPage =>
  syncPage(to > from ? [chatPage(from, to)] : [], { cursor: `to-${String(to)}`, ...more })
const live = (...messages: (Message | undefined)[]) =>
  inbox.push((batch) => {
    applyLive(
      world,
      batch,
      messages.flatMap((m) => (m ? [fromMessage(m)] : [])),
    )
  })
const asked = (route: string) =>
  server.seen.filter(({ method, path }) => `${method} ${path}` === route)

beforeEach(async () => {
  server = await startScriptedServer()
  clock = createManualClock()
  storage = createMemoryStorage()
  server.on('POST /api/v1/auth/login', () => ok(authResult()))
  const client = await createClient({ server: server.url, storage: createMemoryStorage(), clock })
  await client.accounts.logIn({ identifier: 'alice', password: 'p' })
  told = []
  repairs = []
  world = await loadWorld(storage, ALICE, 100)
  inbox = createInbox({
    world,
    storage,
    clock,
    log: silentLog,
    tell: (emission) => {
      if (emission.name === 'message') {
        const { message, source } = emission.payload
        told.push(`${source} ${String(message.seq)}`)
      } else told.push(emission.name)
    },
    followUp: (batch) => {
      repairs.push(...batch.broken)
      catchUp.watchGaps()
    },
  })
  catchUp = createCatchUp({ world, inbox, call: client.call, clock, log: silentLog })
  server.on('GET /api/v1/sync', () => ok(pageOf(0, 3)))
})
afterEach(async () => {
  catchUp.stop()
  await server.close()
})

describe('a round of sync', () => {
  it('follows the pages to the end, and the next begins at the last cursor', async () => {
    server.on('GET /api/v1/sync', ({ query }) => {
      if (query.get('cursor') === null) return ok(pageOf(0, 2, { hasMore: true, reset: true }))
      return ok(query.get('cursor') === 'to-2' ? pageOf(2, 4) : pageOf(4, 4))
    })
    await catchUp.round()
    expect(told.filter((line) => line !== 'chat')).toEqual([
      'first 1',
      'first 2',
      'first 3',
      'first 4',
    ])
    await catchUp.round()
    expect(asked('GET /api/v1/sync').map(({ query }) => query.get('cursor'))).toEqual([
      null,
      'to-2',
      'to-4',
    ])
    const again = await loadWorld(storage, ALICE, 100)
    expect([again.epoch, again.cursor, again.tracks.get(CHAT)?.head.seq]).toEqual([
      EPOCH,
      'to-4',
      4,
    ])
    expect((await loadMessages(storage, CHAT)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it('asked for while one runs begins after it, once', async () => {
    await Promise.all([catchUp.round(), catchUp.round(), catchUp.round()])
    expect(asked('GET /api/v1/sync')).toHaveLength(2)
  })

  it('starts without a cursor that the server does not know', async () => {
    world.cursor = 'of another server'
    server.on('GET /api/v1/sync', ({ query }) =>
      query.has('cursor') ? refuse(400, 'VALIDATION_ERROR') : ok(pageOf(0, 3)),
    )
    await catchUp.round()
    expect(world.cursor).toBe('to-3')
  })

  it('is tried until it succeeds', async () => {
    server.on('GET /api/v1/sync', (_, count) =>
      count < 6 ? refuse(503, 'SERVICE_UNAVAILABLE', { retryable: true }) : ok(pageOf(0, 3)),
    )
    const done = catchUp.keepTrying()
    for (let i = 0; i < 30; i++) await clock.advance(5000)
    await done
    expect(world.tracks.get(CHAT)?.head.seq).toBe(3)
  })

  it('whose page cannot be stored is not told, and is stored later', async () => {
    const { transaction } = storage
    let isFull = true
    storage.transaction = async (...args) => {
      if (isFull) throw new Error('ENOSPC')
      await transaction(...args)
    }
    const done = catchUp.round()
    await clock.advance(2000)
    expect(told).toEqual([])
    isFull = false
    for (let i = 0; i < 10; i++) await clock.advance(5000)
    await done
    expect(told).toContain('sync 3')
  })
})

describe('a gap', () => {
  beforeEach(async () => {
    await catchUp.round()
    told = []
    server.on('POST /api/v1/sync', ({ body }) => ok(pageOf(body.chats[0].after, 6)))
  })

  it('is held for 250 ms and then fetched', async () => {
    await live(log[5])
    await clock.advance(249)
    expect(asked('POST /api/v1/sync')).toHaveLength(0)
    expect(told).toEqual([])
    await clock.advance(60)
    await clock.advance(60)
    expect(asked('POST /api/v1/sync').map(({ body }) => body as unknown)).toEqual([
      { epoch: EPOCH, chats: [{ chatId: CHAT, after: 3 }], limit: 500 },
    ])
    expect(told).toEqual(['sync 4', 'sync 5', 'sync 6', 'chat'])
  })

  it('that closes by itself is not fetched', async () => {
    await live(log[4])
    await clock.advance(100)
    await live(log[3])
    await clock.advance(1000)
    expect(told).toEqual(['live 4', 'live 5'])
    expect(asked('POST /api/v1/sync')).toHaveLength(0)
  })

  it('is found by heads', async () => {
    catchUp.noteHeads(EPOCH, { [CHAT]: 6 })
    for (let i = 0; i < 5; i++) await clock.advance(100)
    expect(told.slice(0, 3)).toEqual(['sync 4', 'sync 5', 'sync 6'])
  })

  it('that the server does not fill is not asked for again and again', async () => {
    server.on('POST /api/v1/sync', () => ok(pageOf(3, 3)))
    catchUp.noteHeads(EPOCH, { [CHAT]: 6 })
    for (let i = 0; i < 20; i++) await clock.advance(500)
    expect(asked('POST /api/v1/sync')).toHaveLength(1)
  })
})

describe('heads', () => {
  it('of an unknown chat or another epoch lead to a round', async () => {
    await catchUp.round()
    catchUp.noteHeads(EPOCH, { [uuidOf(0xc9)]: 1 })
    await catchUp.round()
    catchUp.noteHeads(uuidOf(0xef), {})
    await catchUp.round()
    expect(asked('GET /api/v1/sync').length).toBeGreaterThanOrEqual(4)
  })

  it('below the own lead to one round, seldom', async () => {
    await catchUp.round()
    for (let i = 0; i < 5; i++) catchUp.noteHeads(EPOCH, { [CHAT]: 1 })
    await settle()
    await catchUp.round()
    expect(asked('GET /api/v1/sync')).toHaveLength(3)
  })
})

describe('a repair', () => {
  it('fetches the newest part of the chat and believes it, at most once a minute', async () => {
    await catchUp.round()
    const track = world.tracks.get(CHAT)
    if (track) track.head = { seq: 3, digest: 'f'.repeat(64) }
    await storage.transaction([put(`messages:${CHAT}`, '000000000000009', log[8])])
    server.on('POST /api/v1/sync', () => ok(pageOf(0, 5)))
    catchUp.repair(CHAT)
    catchUp.repair(CHAT)
    for (let i = 0; i < 5; i++) await clock.advance(10)
    expect(asked('POST /api/v1/sync')).toHaveLength(1)
    expect(world.tracks.get(CHAT)?.head).toEqual({ seq: 5, digest: digestOf(log.slice(0, 5)) })
    expect((await loadMessages(storage, CHAT)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(repairs).toEqual([])
  })
})

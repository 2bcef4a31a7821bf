import { beforeEach, describe, expect, it } from '@jest/globals'
import { CHAT, uuidOf } from '../../test/examples.js'
import { createManualClock, settle } from '../../test/manual-clock.js'
import { silentLog } from '../base/log.js'
import { SupError, notLoggedIn } from '../base/sup-error.js'
import { createUuids } from '../base/uuid.js'
import { createMemoryStorage } from '../storage/memory-storage.js'
import type { Storage } from '../storage/storage.js'
import type { SendBody, Stored } from './entry.js'
import { type Outbox, createOutbox } from './outbox.js'

type Attempt = { body: SendBody; resolve: (stored: Stored) => void; reject: (err: Error) => void }

const clock = createManualClock()
const newId = createUuids(clock)
const OTHER = uuidOf(0xc2)
const AT = '2025-01-31T10:30:00.000Z'
const stored = (seq: number): Stored => ({ id: uuidOf(seq), seq, createdAt: AT })
const busy = () => new SupError({ code: 'SERVICE_UNAVAILABLE', message: 'busy', retryable: true })

let storage: Storage
let attempts: Attempt[]
let states: string[]

async function open({ resume = true } = {}): Promise<Outbox> {
  const outbox = createOutbox({
    storage,
    clock,
    log: silentLog,
    newId,
    deliver: (body) =>
      new Promise((resolve, reject) => void attempts.push({ body, resolve, reject })),
    onChange: ({ body, state }) => states.push(`${body.content ?? ''} ${state}`),
  })
  await outbox.load()
  if (resume) outbox.resume()
  return outbox
}

const contents = () => attempts.map(({ body }) => body.content)
async function answer(index: number, seq: number): Promise<void> {
  attempts[index]?.resolve(stored(seq))
  await settle()
}
async function fail(index: number, err: Error): Promise<void> {
  attempts[index]?.reject(err)
  await settle()
}

beforeEach(() => {
  storage = createMemoryStorage()
  attempts = []
  states = []
})

describe('the outbox', () => {
  it('writes a message before it tries to send it', async () => {
    const order: string[] = []
    const { transaction } = storage
    storage.transaction = async (changes, options) => {
      expect(attempts).toHaveLength(0)
      order.push(`written, durable ${String(options?.durable)}`)
      await transaction(changes, options)
    }
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await settle()
    expect(order).toEqual(['written, durable true'])
    expect(contents()).toEqual(['a'])
  })

  it('has one message of a chat under way at a time, first in first out; chats do not wait for each other', async () => {
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await outbox.add({ chatId: CHAT, content: 'b' })
    await outbox.add({ chatId: OTHER, content: 'x' })
    await settle()
    expect(contents()).toEqual(['a', 'x'])
    await answer(0, 1)
    expect(contents()).toEqual(['a', 'x', 'b'])
    expect(states).toEqual([
      ...['a queued', 'a sending', 'b queued', 'x queued', 'x sending'],
      ...['a sent', 'b sending'],
    ])
  })

  it('tries for ever after retryable failures, with the same body', async () => {
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await settle()
    for (let i = 0; i < 12; i++) {
      await fail(i, busy())
      await clock.advance(30_000)
    }
    expect(attempts).toHaveLength(13)
    expect(new Set(attempts.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    await answer(12, 1)
    expect(outbox.list()[0]?.state).toBe('sent')
  })

  it('waits as long as the server asks', async () => {
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await settle()
    await fail(
      0,
      new SupError({ code: 'RATE_LIMITED', message: '', retryable: true, retryAfterMs: 9000 }),
    )
    await clock.advance(9000)
    expect(attempts).toHaveLength(1)
    await clock.advance(500)
    expect(attempts).toHaveLength(2)
  })

  it('gives up on what the server refuses, goes on with the next, and can retry by hand', async () => {
    const outbox = await open()
    const { body } = await outbox.add({ chatId: CHAT, content: 'a' })
    await outbox.add({ chatId: CHAT, content: 'b' })
    await settle()
    await fail(0, new SupError({ code: 'INSUFFICIENT_PERMISSIONS', message: 'no' }))
    expect(contents()).toEqual(['a', 'b'])
    expect(outbox.find(body.clientMessageId)).toMatchObject({
      state: 'failed',
      error: { code: 'INSUFFICIENT_PERMISSIONS', message: 'no' },
    })
    await answer(1, 1)
    await outbox.retry(body.clientMessageId)
    await settle()
    expect(contents()).toEqual(['a', 'b', 'a'])
    expect(attempts[2]?.body).toEqual(attempts[0]?.body)
  })

  it('waits for a log-in when the session is over', async () => {
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await settle()
    await fail(0, notLoggedIn())
    await clock.advance(600_000)
    expect(outbox.list()[0]?.state).toBe('queued')
    expect(attempts).toHaveLength(1)
    outbox.wake()
    await settle()
    expect(attempts).toHaveLength(2)
  })

  it('goes on where an earlier process ended, in the same order', async () => {
    const first = await open()
    await first.add({ chatId: CHAT, content: 'a' })
    await first.add({ chatId: CHAT, content: 'b' })
    first.stop()
    await settle()
    attempts = []
    const second = await open()
    await settle()
    await answer(0, 1)
    await answer(1, 2)
    expect(contents()).toEqual(['a', 'b'])
    const third = await open()
    expect(third.list().map(({ state }) => state)).toEqual(['sent', 'sent'])
    second.stop()
  })

  it('sends nothing that is left before it has a reason to', async () => {
    const first = await open()
    await first.add({ chatId: CHAT, content: 'a' })
    first.stop()
    await settle()
    attempts = []
    const second = await open({ resume: false })
    await settle()
    expect(contents()).toEqual([])
    await second.add({ chatId: CHAT, content: 'b' })
    await settle()
    expect(contents()).toEqual(['a'])
  })

  it('takes an echo for an acknowledgement', async () => {
    const outbox = await open()
    const { body } = await outbox.add({ chatId: CHAT, content: 'a' })
    await outbox.add({ chatId: CHAT, content: 'b' })
    await settle()
    await outbox.acknowledge(body.clientMessageId, stored(1))
    await fail(0, busy())
    expect(contents()).toEqual(['a', 'b'])
    expect(states.filter((line) => line.startsWith('a'))).toEqual([
      'a queued',
      'a sending',
      'a sent',
    ])
  })

  it('moves to delivered and read with the marks of the others, also when these were first', async () => {
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await outbox.add({ chatId: CHAT, content: 'b' })
    await settle()
    await answer(0, 1)
    outbox.mark(CHAT, 2, 1)
    await answer(1, 2)
    expect(outbox.list().map(({ state }) => state)).toEqual(['read', 'delivered'])
    outbox.mark(CHAT, 2, 2)
    expect(outbox.list().map(({ state }) => state)).toEqual(['read', 'read'])
  })

  it('sends accepted messages again when the server was restored', async () => {
    const outbox = await open()
    await outbox.add({ chatId: CHAT, content: 'a' })
    await settle()
    await answer(0, 7)
    await outbox.resendStored()
    await settle()
    expect(attempts[1]?.body).toEqual(attempts[0]?.body)
    await answer(1, 4)
    expect(outbox.list()[0]?.stored?.seq).toBe(4)
  })

  it('refuses at once what no server would take', async () => {
    const outbox = await open()
    await expect(outbox.add({ chatId: CHAT, content: '' })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'content' }],
    })
    expect(outbox.list()).toEqual([])
  })

  it('discards what waits or failed, not what is under way', async () => {
    const outbox = await open()
    const { body: first } = await outbox.add({ chatId: CHAT, content: 'a' })
    const { body: second } = await outbox.add({ chatId: CHAT, content: 'b' })
    await settle()
    expect(await outbox.discard(first.clientMessageId)).toBe(false)
    expect(await outbox.discard(second.clientMessageId)).toBe(true)
    await answer(0, 1)
    expect(contents()).toEqual(['a'])
    expect(await storage.list('outbox')).toHaveLength(1)
  })
})

import { beforeEach, describe, expect, it } from '@jest/globals'
import { CHAT, uuidOf } from '../../test/examples.js'
import { type ManualClock, createManualClock, settle } from '../../test/manual-clock.js'
import { silentLog } from '../base/log.js'
import { SupError } from '../base/sup-error.js'
import { createMemoryStorage } from '../storage/memory-storage.js'
import { type Acknowledger, createAcknowledger } from './acknowledge.js'

let clock: ManualClock
let steps: unknown[]
let fails: boolean
let acknowledger: Acknowledger

beforeEach(() => {
  clock = createManualClock()
  steps = []
  fails = false
  const storage = createMemoryStorage()
  acknowledger = createAcknowledger({
    storage: { ...storage, flush: () => Promise.resolve(void steps.push('flush')) },
    clock,
    log: silentLog,
    call: () => Promise.reject(new Error('not by REST')),
    connection: {
      isOnline: () => true,
      request: (_event, payload) => {
        if (fails) throw new SupError({ code: 'NETWORK_ERROR', message: '', retryable: true })
        steps.push(payload)
        return Promise.resolve({ ok: true } as never)
      },
    },
  })
})

const note = (seq: number, chatId = CHAT) => {
  acknowledger.note(new Map([[chatId, seq]]))
}
const items = (...marks: [string, number][]) => ({
  items: marks.map(([chatId, seq]) => ({ chatId, seq })),
})

describe('what was received', () => {
  it('is made safe and acknowledged at once, then at most once a second', async () => {
    note(1)
    await settle()
    expect(steps).toEqual(['flush', items([CHAT, 1])])
    note(2)
    note(4)
    note(3)
    note(1, uuidOf(0xc2))
    await clock.advance(999)
    expect(steps).toHaveLength(2)
    await clock.advance(1)
    expect(steps.slice(2)).toEqual(['flush', items([CHAT, 4], [uuidOf(0xc2), 1])])
    await clock.advance(5000)
    expect(steps).toHaveLength(4)
    note(5)
    await settle()
    expect(steps.slice(4)).toEqual(['flush', items([CHAT, 5])])
  })

  it('is acknowledged later when the first attempt fails', async () => {
    fails = true
    note(1)
    await clock.advance(900)
    note(2)
    fails = false
    for (let i = 0; i < 5; i++) await clock.advance(1000)
    expect(steps.filter((step) => step !== 'flush')).toEqual([items([CHAT, 2])])
  })
})

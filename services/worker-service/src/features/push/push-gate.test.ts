import { beforeEach, describe, expect, it } from '@jest/globals'
import { type TestClock, testClock } from '@sup/service-kit/clock'
import { type PushOutcome, outcomeOf } from './push-channel.js'
import { type PushGate, createPushGate } from './push-gate.js'

describe('createPushGate', () => {
  let clock: TestClock
  let gate: PushGate
  let asked: number

  beforeEach(() => {
    clock = testClock('2025-11-20T09:30:00.000Z')
    gate = createPushGate({ clock, onError: () => undefined })
    asked = 0
  })

  const ask = (outcome: PushOutcome): Promise<PushOutcome> =>
    gate(() => {
      asked += 1
      return Promise.resolve(outcome)
    })

  it('waits as long as the provider asks for', async () => {
    await ask({ kind: 'later', reason: 'rate_limited', retryAfterMs: 5000 })
    clock.advance(4999)
    expect(await ask({ kind: 'sent' })).toEqual({ kind: 'later', reason: 'rate_limited' })
    expect(asked).toBe(1)
    clock.advance(1)
    expect(await ask({ kind: 'sent' })).toEqual({ kind: 'sent' })
  })

  it('believes no wait of more than an hour', async () => {
    await ask({ kind: 'later', reason: 'rate_limited', retryAfterMs: 999_999_000 })
    clock.advance(3_600_000)
    expect(await ask({ kind: 'sent' })).toEqual({ kind: 'sent' })
  })

  it('leaves a provider alone for a minute after five failures, however they look', async () => {
    const down: PushOutcome = { kind: 'later', reason: 'unavailable' }
    for (let time = 0; time < 4; time++) expect(await ask(down)).toEqual(down)
    expect(await gate(() => Promise.reject(new Error('ECONNRESET')))).toEqual(down)
    expect(await ask({ kind: 'sent' })).toEqual(down)
    expect(asked).toBe(4)
    clock.advance(60_000)
    expect(await ask({ kind: 'sent' })).toEqual({ kind: 'sent' })
  })

  it('takes refusals for answers', async () => {
    for (let time = 0; time < 10; time++) await ask({ kind: 'invalid' })
    expect(await ask({ kind: 'sent' })).toEqual({ kind: 'sent' })
  })
})

describe('outcomeOf', () => {
  const now = new Date('2025-11-20T09:30:00.000Z')

  it.each([
    [201, undefined, { kind: 'sent' }],
    [413, undefined, { kind: 'refused', reason: 'refused_413' }],
    [429, '7', { kind: 'later', reason: 'rate_limited', retryAfterMs: 7000 }],
    [429, 'soon', { kind: 'later', reason: 'rate_limited' }],
    [
      503,
      'Thu, 20 Nov 2025 09:30:30 GMT',
      { kind: 'later', reason: 'unavailable', retryAfterMs: 30_000 },
    ],
    [500, undefined, { kind: 'later', reason: 'unavailable' }],
  ])('reads %d with Retry-After %s', (status, retryAfter, expected) => {
    expect(outcomeOf(status, retryAfter, now)).toEqual(expected)
  })
})

import { describe, expect, it } from '@jest/globals'
import { handshakeLimit, socketEventLimit, startRate, takeEvent } from './event-rate.js'

const limit = { perSecond: 20, burst: 40 }

/** How many of `count` events at once pass. */
function passing(rate: ReturnType<typeof startRate>, count: number, now: number): number {
  let passed = 0
  for (let i = 0; i < count; i++) if (takeEvent(rate, limit, now).isAllowed) passed += 1
  return passed
}

describe('the rate of socket events', () => {
  it('follows the message rate, and is never below twenty a second', () => {
    expect(socketEventLimit(300)).toEqual({ perSecond: 20, burst: 40 })
    expect(socketEventLimit(1)).toEqual({ perSecond: 20, burst: 40 })
    expect(socketEventLimit(301)).toEqual({ perSecond: 21, burst: 42 })
    expect(handshakeLimit(100)).toEqual({ perSecond: 200, burst: 400 })
    expect(handshakeLimit(1000)).toEqual({ perSecond: 2000, burst: 4000 })
  })

  it('lets a burst through, then the rate', () => {
    const rate = startRate(limit, 0)
    expect(passing(rate, 100, 0)).toBe(40)
    expect(passing(rate, 100, 1000)).toBe(20)
    expect(passing(rate, 100, 100_000)).toBe(40)
  })

  it('says when to come back', () => {
    const rate = startRate(limit, 0)
    passing(rate, 40, 0)
    expect(takeEvent(rate, limit, 0)).toEqual({
      isAllowed: false,
      retryAfterMs: 50,
      isFlood: false,
    })
  })

  it('calls five seconds over the rate a flood, but not a burst now and then', () => {
    const flooding = startRate(limit, 0)
    const verdicts = Array.from({ length: 60 }, (_, i) => {
      passing(flooding, 10, i * 100)
      return takeEvent(flooding, limit, i * 100)
    })
    expect(verdicts.findIndex((verdict) => !verdict.isAllowed && verdict.isFlood)).toBeGreaterThan(
      45,
    )

    const bursting = startRate(limit, 0)
    for (let second = 0; second < 60; second += 3) {
      passing(bursting, 100, second * 1000)
      const verdict = takeEvent(bursting, limit, second * 1000)
      expect(verdict).toMatchObject({ isAllowed: false, isFlood: false })
    }
  })

  it('gives nothing for a clock that goes back', () => {
    const rate = startRate(limit, 100_000)
    passing(rate, 40, 100_000)
    expect(takeEvent(rate, limit, 0).isAllowed).toBe(false)
  })
})

import { describe, expect, it } from '@jest/globals'
import { notFound, serviceUnavailable } from '@sup/types'
import { testClock } from '../clock/index.js'
import { AppError } from '../http/app-error.js'
import { type BreakerState, CircuitBreaker } from './index.js'

const fail =
  (err = new Error('down')) =>
  () =>
    Promise.reject(err)
const succeed = () => Promise.resolve('ok')

/** A call whose end the test decides. */
function held(): { fn: () => Promise<string>; end: (err?: Error) => void } {
  let end: (err?: Error) => void = () => undefined
  const promise = new Promise<string>((resolve, reject) => {
    end = (err) => (err ? reject(err) : resolve('late'))
  })
  return { fn: () => promise, end: (err) => end(err) }
}

function setUp() {
  const clock = testClock('2026-01-01T00:00:00.000Z')
  const states: BreakerState[] = []
  const breaker = new CircuitBreaker({ clock, onState: (state) => states.push(state) })
  const failTimes = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await breaker.call(fail()).catch(() => undefined)
  }
  return { clock, breaker, states, failTimes }
}

describe('CircuitBreaker', () => {
  it('opens after five failures in a row and then calls nobody', async () => {
    const { breaker, failTimes } = setUp()
    await failTimes(4)
    expect(breaker.state).toBe('closed')
    await failTimes(1)
    expect(breaker.state).toBe('open')

    let calls = 0
    const call = breaker.call(() => Promise.resolve(++calls))
    await expect(call).rejects.toThrow(/^Circuit breaker is open$/)
    expect(calls).toBe(0)
  })

  it('forgets failures at a success', async () => {
    const { breaker, failTimes } = setUp()
    await failTimes(4)
    await breaker.call(succeed)
    await failTimes(4)
    expect(breaker.state).toBe('closed')
  })

  it('lets one probe through after 60 s, which closes it', async () => {
    const { breaker, clock, failTimes, states } = setUp()
    await failTimes(5)
    clock.advance(59_999)
    await expect(breaker.call(succeed)).rejects.toThrow('Circuit breaker is open')
    clock.advance(1)

    const probe = held()
    const probing = breaker.call(probe.fn)
    expect(breaker.state).toBe('half-open')
    await expect(breaker.call(succeed)).rejects.toThrow('Circuit breaker is open')
    probe.end()

    expect(await probing).toBe('late')
    expect(breaker.state).toBe('closed')
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('opens again for 60 s when the probe fails', async () => {
    const { breaker, clock, failTimes } = setUp()
    await failTimes(5)
    clock.advance(60_000)
    await failTimes(1)
    expect(breaker.state).toBe('open')
    clock.advance(59_999)
    await expect(breaker.call(succeed)).rejects.toThrow('Circuit breaker is open')
    clock.advance(1)
    expect(await breaker.call(succeed)).toBe('ok')
  })

  it('takes a refusal with 4xx as an answer', async () => {
    const { breaker, clock, failTimes } = setUp()
    const refuse = fail(new AppError(notFound))
    for (let i = 0; i < 10; i++) await breaker.call(refuse).catch(() => undefined)
    expect(breaker.state).toBe('closed')

    await failTimes(5)
    clock.advance(60_000)
    await breaker.call(refuse).catch(() => undefined)
    expect(breaker.state).toBe('closed')
  })

  it('counts a 503', async () => {
    const { breaker } = setUp()
    const refuse = fail(new AppError(serviceUnavailable))
    for (let i = 0; i < 5; i++) await breaker.call(refuse).catch(() => undefined)
    expect(breaker.state).toBe('open')
  })

  it('learns nothing from a neutral error, and probes again after one', async () => {
    const clock = testClock('2026-01-01T00:00:00.000Z')
    const gone = new Error('the client is gone')
    const breaker = new CircuitBreaker({ clock, isNeutral: (err) => err === gone })
    const failTimes = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await breaker.call(fail()).catch(() => undefined)
    }
    await failTimes(4)
    await breaker.call(fail(gone)).catch(() => undefined)
    expect(breaker.state).toBe('closed')
    await failTimes(1)
    expect(breaker.state).toBe('open')

    clock.advance(60_000)
    await breaker.call(fail(gone)).catch(() => undefined)
    expect(breaker.state).toBe('half-open')
    expect(await breaker.call(succeed)).toBe('ok')
    expect(breaker.state).toBe('closed')
  })

  it('does not listen to calls from before it opened', async () => {
    const { breaker, failTimes } = setUp()
    const early = held()
    const calling = breaker.call(early.fn)
    await failTimes(5)
    early.end()
    expect(await calling).toBe('late')
    expect(breaker.state).toBe('open')
  })

  it('tries another probe when one never ends', async () => {
    const { breaker, clock, failTimes } = setUp()
    await failTimes(5)
    clock.advance(60_000)
    const lost = held()
    const losing = breaker.call(lost.fn)
    clock.advance(60_000)
    expect(await breaker.call(succeed)).toBe('ok')
    lost.end(new Error('too late'))
    await expect(losing).rejects.toThrow('too late')
    expect(breaker.state).toBe('closed')
  })
})

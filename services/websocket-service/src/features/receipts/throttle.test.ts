import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createThrottle } from './throttle.js'

describe('createThrottle', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  it('emits the first at once and the newest of a second after it', () => {
    const emitted: number[] = []
    const throttle = createThrottle<number>(1000, (value) => emitted.push(value))
    for (const value of [1, 2, 3]) throttle.push('a', value)
    expect(emitted).toEqual([1])
    jest.advanceTimersByTime(999)
    throttle.push('a', 4)
    expect(emitted).toEqual([1])
    jest.advanceTimersByTime(1)
    expect(emitted).toEqual([1, 4])
    throttle.push('a', 5)
    expect(emitted).toEqual([1, 4])
    jest.advanceTimersByTime(5000)
    expect(emitted).toEqual([1, 4, 5])
    throttle.push('a', 6)
    expect(emitted).toEqual([1, 4, 5, 6])
    throttle.stop()
  })

  it('keeps keys apart', () => {
    const emitted: string[] = []
    const throttle = createThrottle<string>(1000, (value) => emitted.push(value))
    throttle.push('a', 'a1')
    throttle.push('b', 'b1')
    expect(emitted).toEqual(['a1', 'b1'])
    throttle.stop()
    expect(jest.getTimerCount()).toBe(0)
  })
})

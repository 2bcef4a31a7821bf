import { describe, expect, it } from '@jest/globals'
import { isQuiet } from './quiet-hours.js'

const berlin = (from: string, to: string) => ({ from, to, timeZone: 'Europe/Berlin' })
const at = (time: string): Date => new Date(`2025-01-31T${time}:30.000Z`)

describe('isQuiet', () => {
  it.each([
    ['before', '11:59', false],
    ['the first minute', '12:00', true],
    ['the last minute', '13:59', true],
    ['after', '14:00', false],
  ])('knows an hour of the day: %s', (_, time, expected) => {
    expect(isQuiet(berlin('13:00', '15:00'), at(time))).toBe(expected)
  })

  it.each([
    ['evening', '20:59', false],
    ['night', '21:00', true],
    ['midnight', '23:00', true],
    ['morning', '05:59', true],
    ['day', '06:00', false],
  ])('spans midnight: %s', (_, time, expected) => {
    expect(isQuiet(berlin('22:00', '07:00'), at(time))).toBe(expected)
  })

  it('follows summer time', () => {
    const quiet = berlin('22:00', '07:00')
    expect(isQuiet(quiet, new Date('2025-07-01T20:30:00.000Z'))).toBe(true)
    expect(isQuiet(quiet, new Date('2025-07-01T05:30:00.000Z'))).toBe(false)
  })

  it('is never quiet between a time and itself', () => {
    expect(isQuiet(berlin('13:00', '13:00'), at('12:00'))).toBe(false)
  })
})

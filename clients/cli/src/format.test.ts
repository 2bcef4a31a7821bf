import { describe, expect, it } from '@jest/globals'
import { oneLine, rowsOf, safe, table, timeOf, widthOf } from './format.js'

describe('text of other people', () => {
  it('cannot move the cursor, colour, ring or reorder', () => {
    expect(safe('a\u001b[2Jb\u0007c\u009b31md\u202ee\r\nf\tg')).toBe('a�[2Jb�c�31md�e\nf\tg')
  })

  it('fits on one line, cut between characters', () => {
    expect(oneLine('one\n two', 40)).toBe('one ⏎ two')
    expect(oneLine('👍🏽👨‍👩‍👧abc', 3)).toBe('👍🏽👨‍👩‍👧…')
  })
})

describe('widths', () => {
  it.each([
    ['abc', 3],
    ['你好', 4],
    ['한국', 4],
    ['é', 1],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['❤️', 2],
    ['✓', 1],
    ['\u001b[32mgreen\u001b[0m', 5],
    ['', 0],
  ])('of %j', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })

  it('count rows, an empty line too', () => {
    expect(rowsOf('abcdef\n\nab', 4)).toBe(4)
  })

  it('align tables', () => {
    expect(
      table([
        ['a', '你', 'x'],
        ['bcd', 'e', ''],
      ]),
    ).toEqual(['a    你  x', 'bcd  e'])
  })
})

describe('times', () => {
  it('have a date unless they are of today', () => {
    const now = new Date(2025, 0, 31, 12, 0)
    expect(timeOf(new Date(2025, 0, 31, 9, 5).toISOString(), now)).toBe('09:05')
    expect(timeOf(new Date(2024, 11, 1, 23, 59).toISOString(), now)).toBe('2024-12-01 23:59')
  })
})

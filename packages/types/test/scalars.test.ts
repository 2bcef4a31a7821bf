import { describe, expect, it } from '@jest/globals'
import type { z } from 'zod'
import {
  Emoji,
  Hex64,
  PaginationParams,
  Password,
  QueryFlag,
  Seq,
  Ts,
  TsInput,
  UsernameInput,
  Uuid,
  b64,
  opaque,
  queryInt,
  str,
} from '../src/index.js'

const takes = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success

describe('str', () => {
  it('counts code points, not UTF-16 units', () => {
    const mountain = '🏔'
    expect(mountain.length).toBe(2)
    expect(takes(str(1, 3), mountain.repeat(3))).toBe(true)
    expect(takes(str(1, 3), mountain.repeat(4))).toBe(false)
    expect(takes(str(2, 3), mountain)).toBe(false)
  })

  it('counts after NFC and keeps the text as it came', () => {
    const decomposed = 'e\u0301'
    expect(takes(str(1, 2), decomposed.repeat(2))).toBe(true)
    expect(takes(str(1, 2), decomposed.repeat(3))).toBe(false)
    expect(takes(str(2, 3), decomposed)).toBe(false)
    expect(str(1, 2).parse(decomposed)).toBe(decomposed)
    // U+FB2C is one of the few characters that NFC makes longer: one becomes three.
    expect(takes(str(1, 2), '\uFB2C')).toBe(false)
    expect(takes(str(1, 3), '\uFB2C')).toBe(true)
  })

  it('refuses what PostgreSQL cannot store or what is no text', () => {
    for (const bad of ['a\u0000b', 'a\uD83D', '\uDE00a', 7, null, ['a'], {}]) {
      expect(takes(str(0, 10), bad)).toBe(false)
    }
    expect(takes(str(0, 10), '')).toBe(true)
    expect(takes(str(1, 10), '')).toBe(false)
    expect(takes(str(1, 10), 'שלום\nعالم')).toBe(true)
  })

  it('holds its bounds where the quick way ends', () => {
    expect(takes(str(1, 30), 'x'.repeat(10))).toBe(true)
    expect(takes(str(1, 30), 'x'.repeat(30))).toBe(true)
    expect(takes(str(1, 30), 'x'.repeat(31))).toBe(false)
    expect(takes(Password, 'x'.repeat(7))).toBe(false)
    expect(takes(Password, '山'.repeat(8))).toBe(true)
    expect(takes(Password, '山'.repeat(129))).toBe(false)
  })
})

describe('opaque', () => {
  it('counts UTF-8 bytes', () => {
    expect(takes(opaque(1, 4), '🏔')).toBe(true)
    expect(takes(opaque(1, 3), '🏔')).toBe(false)
    expect(takes(opaque(1, 3), '山')).toBe(true)
    expect(takes(opaque(1, 2), 'é')).toBe(true)
    expect(takes(opaque(3, 4), 'é')).toBe(false)
    expect(takes(opaque(1, 4), 'abcde')).toBe(false)
    expect(takes(Emoji, '👩🏽‍❤️‍💋‍👨🏿')).toBe(true)
  })

  it('agrees with the encoder for every kind of character', () => {
    const text = 'aé߿ࠀ山￿🏔𐀀'
    const bytes = Buffer.byteLength(text)
    expect(takes(opaque(bytes, bytes), text)).toBe(true)
    expect(takes(opaque(0, bytes - 1), text)).toBe(false)
  })

  it('refuses NUL and lone surrogates', () => {
    expect(takes(opaque(1, 9), '\u0000')).toBe(false)
    expect(takes(opaque(1, 9), '\uD800')).toBe(false)
  })
})

describe('b64', () => {
  it('counts decoded bytes', () => {
    expect(takes(b64(1, 3), 'AAAA')).toBe(true)
    expect(takes(b64(1, 3), 'AAAAAA==')).toBe(false)
    expect(takes(b64(4, 4), 'AAAAAA==')).toBe(true)
    expect(takes(b64(2, 2), 'AAA=')).toBe(true)
    expect(takes(b64(1, 9), '')).toBe(false)
  })

  it('wants the standard alphabet with padding', () => {
    for (const bad of ['AAA', 'AA-_', 'A===', 'AAAA ', 'AAAA\n']) {
      expect(takes(b64(1, 9), bad)).toBe(false)
    }
  })
})

describe('Uuid', () => {
  it('takes either case and keeps lower case', () => {
    const id = '019aa03c-5d1e-7c42-9a3f-6b0f5c2e71d4'
    expect(Uuid.parse(id.toUpperCase())).toBe(id)
    expect(Uuid.parse('6b3d4a52-4e0c-4f5a-9b1d-0c2f7e8a9b3c')).toMatch(/^6b3d/)
  })

  it('refuses everything else', () => {
    const bad = [
      '',
      'me',
      '019aa03c5d1e7c429a3f6b0f5c2e71d4',
      '{019aa03c-5d1e-7c42-9a3f-6b0f5c2e71d4}',
    ]
    for (const value of [...bad, '019aa03c-5d1e-7c42-9a3f-6b0f5c2e71dg', 7, null]) {
      expect(takes(Uuid, value)).toBe(false)
    }
  })
})

describe('times', () => {
  it('are UTC with exactly milliseconds when the server sends them', () => {
    expect(takes(Ts, '2025-01-31T10:30:00.000Z')).toBe(true)
    const bad = [
      '2025-01-31T10:30:00Z',
      '2025-01-31T10:30:00.000+00:00',
      '2025-01-31T10:30:00.000000Z',
    ]
    for (const value of [...bad, '2025-02-30T10:30:00.000Z', 1738319400000]) {
      expect(takes(Ts, value)).toBe(false)
    }
  })

  it('may have any offset when a client sends them', () => {
    for (const value of ['2025-01-31T10:30:00Z', '2025-01-31T11:30:00.5+01:00']) {
      expect(takes(TsInput, value)).toBe(true)
    }
    expect(takes(TsInput, '2025-01-31')).toBe(false)
    expect(takes(TsInput, 'yesterday')).toBe(false)
  })
})

describe('numbers', () => {
  it('of a log are whole and not negative', () => {
    expect(takes(Seq, 0)).toBe(true)
    for (const bad of [-1, 1.5, '1', Number.NaN, Number.MAX_SAFE_INTEGER + 1]) {
      expect(takes(Seq, bad)).toBe(false)
    }
  })

  it('of a query come as text', () => {
    expect(queryInt(1, 100).parse('50')).toBe(50)
    for (const bad of ['0', '101', '1.5', 'x', '1e3', undefined]) {
      expect(takes(queryInt(1, 100), bad)).toBe(false)
    }
    expect(PaginationParams.parse({})).toEqual({ limit: 50 })
  })

  it('of a hash are 64 lower-case digits', () => {
    expect(takes(Hex64, 'a0'.repeat(32))).toBe(true)
    expect(takes(Hex64, 'A0'.repeat(32))).toBe(false)
    expect(takes(Hex64, 'a0'.repeat(31))).toBe(false)
  })
})

describe('QueryFlag', () => {
  it('reads the usual words and no others', () => {
    expect(['true', '1', 'false', '0'].map((word) => QueryFlag.parse(word))).toEqual([
      true,
      true,
      false,
      false,
    ])
    for (const bad of ['yes', '', 'TRUE', true]) expect(takes(QueryFlag, bad)).toBe(false)
  })
})

describe('UsernameInput', () => {
  it('takes the allowed characters in either case and keeps lower case', () => {
    expect(UsernameInput.parse('Alice.Keller_7')).toBe('alice.keller_7')
    for (const bad of ['ab', 'a'.repeat(33), 'älice', 'a b', 'a-b', 'а́лиса', 'alice\n']) {
      expect(takes(UsernameInput, bad)).toBe(false)
    }
  })
})

import { describe, expect, it } from '@jest/globals'
import type { Message } from '@sup/types'
import { message } from '../../../test/examples.js'
import { splitBySize } from './split-by-size.js'

const run = (count: number, content: string): Message[] =>
  Array.from({ length: count }, (_, i) => message({ seq: i + 1, content }))

const bytes = (messages: readonly Message[]): number => Buffer.byteLength(JSON.stringify(messages))

describe('splitBySize', () => {
  it('keeps a small run whole', () => {
    expect(splitBySize(run(50, 'hi'), 256 * 1024, 500)).toEqual([run(50, 'hi')])
  })

  it.each(['x', '\u0000', '😀', '"'])(
    'holds to the bytes when %j is escaped or widened',
    (character) => {
      const messages = run(60, character.repeat(2500))
      const parts = splitBySize(messages, 256 * 1024, 500)
      expect(parts.flat()).toEqual(messages)
      for (const part of parts) expect(bytes(part)).toBeLessThanOrEqual(256 * 1024)
      expect(parts.length).toBeLessThanOrEqual(Math.ceil(bytes(messages) / (200 * 1024)))
    },
  )

  it('holds to the number of messages', () => {
    const parts = splitBySize(run(1100, 'x'), 2 ** 30, 500)
    expect(parts.map((part) => part.length)).toEqual([500, 500, 100])
  })

  it('gives a message that is too large alone', () => {
    const messages = [...run(1, 'a'), message({ seq: 2, encryptedContent: 'x'.repeat(5000) })]
    expect(splitBySize(messages, 3000, 500).map((part) => part.length)).toEqual([1, 1])
  })
})

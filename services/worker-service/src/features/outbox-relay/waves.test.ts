import { describe, expect, it } from '@jest/globals'
import { wavesOf } from './waves.js'

describe('wavesOf', () => {
  const waves = (text: string): string[] =>
    wavesOf(text.split(' '), (item) => item.charAt(0)).map((wave) => wave.join(' '))

  it('puts items of different keys into one wave', () => {
    expect(waves('a1 b1 c1')).toEqual(['a1 b1 c1'])
  })

  it('puts each item into the wave after its predecessor of the same key', () => {
    expect(waves('a1 a2 b1 a3 b2')).toEqual(['a1 b1', 'a2 b2', 'a3'])
  })

  it('makes no wave of nothing', () => {
    expect(wavesOf([], () => 'a')).toEqual([])
  })
})

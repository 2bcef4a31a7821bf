import { describe, expect, it } from '@jest/globals'
import { joinTogether } from './join-together.js'

describe('joinTogether', () => {
  it('joins what one turn asks for by one command, and leaves out what nobody wants any more', async () => {
    const commands: (readonly string[])[] = []
    const unwanted = new Set(['b'])
    const ask = joinTogether(
      (channels) => {
        commands.push(channels)
        return Promise.resolve()
      },
      (channel) => !unwanted.has(channel),
    )
    await Promise.all(['a', 'b', 'c'].map(ask))
    expect(commands).toEqual([['a', 'c']])
    await ask('b')
    expect(commands).toHaveLength(1)
    unwanted.clear()
    await ask('b')
    expect(commands).toEqual([['a', 'c'], ['b']])
  })

  it('tells a failure to everybody it concerns, and goes on', async () => {
    let isDown = true
    const ask = joinTogether(
      () => (isDown ? Promise.reject(new Error('down')) : Promise.resolve()),
      () => true,
    )
    const both = await Promise.allSettled([ask('a'), ask('b')])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isDown = false
    await expect(ask('c')).resolves.toBeUndefined()
  })
})

import { describe, expect, it } from '@jest/globals'
import { bestOf, searchHighest } from './search.js'

/** Searches a system that is good up to a limit. */
async function search(start: number, limit: number, most = 30) {
  let steps = 0
  const tried = await searchHighest({
    start,
    isOver: () => steps >= most,
    tryRate: (rate) => {
      steps += 1
      return Promise.resolve({ isGood: rate <= limit, report: rate })
    },
  })
  return { tried, best: bestOf(tried)?.rate }
}

describe('searchHighest', () => {
  it.each([
    [500, 7300],
    [7000, 7300],
    [20_000, 7300],
    [1, 3],
  ])('from %d/s comes near the limit of %d/s', async (start, limit) => {
    const { best } = await search(start, limit)
    expect(best).toBeLessThanOrEqual(limit)
    expect(best).toBeGreaterThanOrEqual(Math.floor(limit / 1.08))
  })

  it('says that nothing is good, and ends', async () => {
    const { best, tried } = await search(100, 0)
    expect(best).toBeUndefined()
    expect(tried.at(-1)?.rate).toBe(1)
  })

  it('stops when the time is over', async () => {
    const { tried } = await search(1, Infinity, 4)
    expect(tried.map(({ rate }) => rate)).toEqual([1, 2, 3, 5])
  })
})

import { describe, expect, it } from '@jest/globals'
import { Batcher, QueueFullError } from './batcher.js'

/** A batcher whose batches are answered by hand. */
function byHand(limits: { maxItems?: number; maxBytes?: number; maxWaiting?: number } = {}) {
  const sent: {
    items: readonly string[]
    answer: (results: string[]) => void
    fail: (err: unknown) => void
  }[] = []
  const arrivals: (() => void)[] = []
  const batcher = new Batcher<string, string>({
    maxItems: 500,
    maxWaiting: 1000,
    sizeOf: (item) => item.length,
    ...limits,
    send: (items) =>
      new Promise((answer, fail) => {
        sent.push({ items, answer, fail })
        for (const wake of arrivals.splice(0)) wake()
      }),
  })
  const batch = async (index: number) => {
    while (sent[index] === undefined) {
      await new Promise<void>((wake) => {
        arrivals.push(wake)
      })
    }
    return sent[index]
  }
  return { batcher, batch, sent }
}

const upper = (items: readonly string[]): string[] => items.map((item) => item.toUpperCase())

describe('Batcher', () => {
  it('sends one item at once and gives each caller its own result', async () => {
    const { batcher, batch } = byHand()
    const result = batcher.add('a')
    const first = await batch(0)
    expect(first.items).toEqual(['a'])
    first.answer(['A'])
    await expect(result).resolves.toBe('A')
  })

  it('gathers what comes while a batch travels, and keeps the order', async () => {
    const { batcher, batch, sent } = byHand()
    const first = batcher.add('a')
    const one = await batch(0)
    const others = ['b', 'c', 'd'].map((item) => batcher.add(item))
    expect(sent).toHaveLength(1)
    one.answer(['A'])
    const two = await batch(1)
    expect(two.items).toEqual(['b', 'c', 'd'])
    two.answer(upper(two.items))
    await expect(Promise.all([first, ...others])).resolves.toEqual(['A', 'B', 'C', 'D'])
  })

  it('holds to the number of items and to the bytes, but sends a larger item alone', async () => {
    const { batcher, batch } = byHand({ maxItems: 3, maxBytes: 10 })
    const items = ['aaaa', 'bbbb', 'cccc', 'x'.repeat(50), 'd', 'e', 'f', 'g']
    const results = Promise.all(items.map((item) => batcher.add(item)))
    const batches: (readonly string[])[] = []
    for (let i = 0; i < 5; i++) {
      const one = await batch(i)
      batches.push(one.items)
      one.answer(upper(one.items))
    }
    expect(batches).toEqual([['aaaa', 'bbbb'], ['cccc'], ['x'.repeat(50)], ['d', 'e', 'f'], ['g']])
    await expect(results).resolves.toEqual(upper(items))
  })

  it('fails a batch alone, and goes on', async () => {
    const { batcher, batch } = byHand()
    const lost = batcher.add('a')
    const one = await batch(0)
    const kept = batcher.add('b')
    one.fail(new Error('down'))
    await expect(lost).rejects.toThrow('down')
    const two = await batch(1)
    two.answer(['B'])
    await expect(kept).resolves.toBe('B')
  })

  it('refuses what would wait beyond its bound', async () => {
    const { batcher, batch } = byHand({ maxWaiting: 2 })
    const travelling = batcher.add('a')
    const one = await batch(0)
    const waiting = [batcher.add('b'), batcher.add('c')]
    await expect(batcher.add('d')).rejects.toBeInstanceOf(QueueFullError)
    one.answer(['A'])
    const two = await batch(1)
    two.answer(upper(two.items))
    await expect(Promise.all([travelling, ...waiting])).resolves.toEqual(['A', 'B', 'C'])
  })

  it('rejects an item that the answer forgot', async () => {
    const { batcher, batch } = byHand()
    const results = Promise.allSettled([batcher.add('a'), batcher.add('b')])
    ;(await batch(0)).answer(['A'])
    const [a, b] = await results
    expect(a.status).toBe('fulfilled')
    expect(b.status).toBe('rejected')
  })

  it('knows when nothing is under way', async () => {
    const { batcher, batch } = byHand()
    await batcher.idle()
    const result = batcher.add('a')
    let isIdle = false
    const idle = batcher.idle().then(() => {
      isIdle = true
    })
    const one = await batch(0)
    expect(batcher.size()).toBe(1)
    expect(isIdle).toBe(false)
    one.answer(['A'])
    await idle
    await result
    expect(batcher.size()).toBe(0)
  })
})

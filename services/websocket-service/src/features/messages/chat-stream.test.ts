import { describe, expect, it } from '@jest/globals'
import { message } from '../../../test/examples.js'
import { ChatStream } from './chat-stream.js'

const item = (seq: number) => ({ seq, message: message({ seq }) })

function streamAt(head: number): ChatStream {
  const stream = new ChatStream(message({}).chatId)
  stream.begin(head)
  return stream
}

const taken = (stream: ChatStream): number[] => stream.takeReady().map(({ seq }) => seq)

describe('ChatStream', () => {
  it('gives each item once, in order, whatever order they come in', () => {
    const stream = streamAt(4)
    for (const seq of [7, 5, 5, 8, 6, 4, 6, 9]) stream.offer(item(seq))
    expect(taken(stream)).toEqual([5, 6, 7, 8, 9])
    expect(taken(stream)).toEqual([])
    expect(stream.isBehind).toBe(false)
  })

  it('holds what follows a gap until the gap is closed', () => {
    const stream = streamAt(0)
    stream.offer(item(1))
    stream.offer(item(3))
    expect(taken(stream)).toEqual([1])
    expect(stream.isBehind).toBe(true)
    expect(stream.position).toBe(1)
    stream.offer(item(2))
    expect(taken(stream)).toEqual([2, 3])
    expect(stream.isBehind).toBe(false)
  })

  it('keeps what came between the subscription and the head, and drops what is before the head', () => {
    const stream = new ChatStream(message({}).chatId)
    for (const seq of [3, 4, 5]) stream.offer(item(seq))
    expect(stream.position).toBeUndefined()
    expect(taken(stream)).toEqual([])
    stream.begin(4)
    expect(taken(stream)).toEqual([5])
  })

  it('counts only what was given out as its position', () => {
    const stream = streamAt(10)
    stream.offer(item(11))
    stream.offer(item(12))
    expect(stream.position).toBe(10)
    stream.takeReady()
    expect(stream.position).toBe(12)
  })

  it('is behind when it learns of a later head, without any item', () => {
    const stream = streamAt(10)
    stream.expect(10)
    expect(stream.isBehind).toBe(false)
    stream.expect(12)
    expect(stream.isBehind).toBe(true)
    stream.offer(item(11))
    expect(stream.isBehind).toBe(true)
    stream.offer(item(12))
    expect(stream.isBehind).toBe(false)
  })

  it('drops a claim that the log does not bear out, and keeps what came while the log was read', () => {
    const stream = streamAt(10)
    stream.offer(item(99))
    const claimed = stream.expected
    stream.offer(item(100))
    stream.distrust(10, claimed)
    expect(stream.isBehind).toBe(true)
    expect(stream.expected).toBe(100)

    const lonely = streamAt(10)
    lonely.offer(item(99))
    lonely.distrust(10, 99)
    expect(lonely.isBehind).toBe(false)
    lonely.offer(item(11))
    expect(taken(lonely)).toEqual([11])
  })

  it('starts anew after a restore, below where it was', () => {
    const stream = streamAt(10)
    stream.offer(item(11))
    stream.offer(item(13))
    stream.reset(5)
    expect(taken(stream)).toEqual([])
    stream.offer(item(6))
    expect(taken(stream)).toEqual([6])
  })

  it('does not hold more than a bounded number', () => {
    const stream = streamAt(0)
    for (let seq = 2; seq < 5000; seq++) stream.offer(item(seq))
    stream.offer(item(1))
    const given = taken(stream)
    expect(given[0]).toBe(1)
    expect(given.length).toBeLessThanOrEqual(1001)
    expect(stream.isBehind).toBe(true)
  })
})

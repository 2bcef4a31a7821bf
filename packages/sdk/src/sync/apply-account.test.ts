import { beforeEach, describe, expect, it } from '@jest/globals'
import { AT, CHAT, aChat, digestOf } from '../../test/examples.js'
import { chatPage, log, newWorld, read } from '../../test/sync-world.js'
import { applyAccount } from './apply-account.js'
import { type Batch, type World, newBatch } from './world.js'

let world: World
beforeEach(() => {
  world = newWorld()
})

describe('an account change', () => {
  const change = (value: Parameters<typeof applyAccount>[2]): Batch => {
    const batch = newBatch()
    applyAccount(world, batch, value)
    return batch
  }

  it('adds a chat, which is then fetched from its base', () => {
    const chat = aChat({ head: { seq: 2, digest: digestOf(log.slice(0, 2)) } })
    change({ type: 'chat_added', at: AT, chat })
    const track = world.tracks.get(CHAT)
    expect([track?.head.seq, track?.target]).toEqual([0, 2])
  })

  it('removes a chat with all that is stored of it', () => {
    read(world, [chatPage(0, 3)])
    const batch = change({
      type: 'chat_removed',
      at: '2025-02-01T00:00:00.000Z',
      chatId: CHAT,
      reason: 'left',
    })
    expect(world.tracks.size).toBe(0)
    expect(batch.changes).toContainEqual({ namespace: `messages:${CHAT}` })
    expect(batch.emissions).toContainEqual({
      name: 'chat',
      payload: { chatId: CHAT, removed: 'left' },
    })
  })

  it('of before the present membership removes nothing', () => {
    read(world, [chatPage(0, 3)])
    change({ type: 'chat_removed', at: '2024-01-01T00:00:00.000Z', chatId: CHAT, reason: 'left' })
    expect(world.tracks.size).toBe(1)
  })
})

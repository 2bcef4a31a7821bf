import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Message } from '@sup/types'
import { ALICE, AT, CHAT, anHonestMessage, digestOf, uuidOf } from '../../test/examples.js'
import {
  chatPage,
  headOf,
  live,
  log,
  newWorld,
  problemsOf,
  read,
  seqsOf,
} from '../../test/sync-world.js'
import { applyLive } from './apply-entries.js'
import { fromEntry } from './incoming.js'
import { type World, newBatch } from './world.js'

let world: World
beforeEach(() => {
  world = newWorld()
})
const [m1, m2, m3, m4, m5] = log as [Message, Message, Message, Message, Message]

describe('live entries', () => {
  it('are applied in order, once each, whatever the order of their coming', () => {
    read(world, [chatPage(0, 0)])
    const told = [m2, m1, m1, m4, m5, m2, m3].map((message) => seqsOf(live(world, message)))
    expect(told).toEqual([[], [1, 2], [], [], [], [], [3, 4, 5]])
    expect(headOf(world)).toEqual({ seq: 5, digest: digestOf(log.slice(0, 5)) })
  })

  it('say what is missing until it comes', () => {
    read(world, [chatPage(0, 0)])
    live(world, m3)
    expect(world.tracks.get(CHAT)?.target).toBe(3)
    expect(seqsOf(read(world, [chatPage(0, 2)], { kind: 'chats' }))).toEqual([1, 2, 3])
  })

  it('of an unknown chat ask for a round', () => {
    const batch = live(world, m1)
    expect(batch.needsRound).toBe(true)
    expect(batch.emissions).toEqual([])
  })

  it('with a wrong hash are not applied: the chat is fetched again', () => {
    read(world, [chatPage(0, 0)])
    const batch = live(world, { ...m1, content: 'forged' })
    expect(seqsOf(batch)).toEqual([])
    expect(problemsOf(batch)).toEqual([{ chatId: CHAT, seq: 1, reason: 'content' }])
    expect([...batch.broken]).toEqual([CHAT])
    expect(headOf(world)?.seq).toBe(0)
  })

  it('of other kinds change what is known of a chat', () => {
    read(world, [chatPage(0, 1)])
    const change = { chatId: CHAT, at: AT, actorId: ALICE, salt: null, hash: 'a'.repeat(64) }
    const batch = newBatch()
    const edited = { ...m1, content: 'better', changedSeq: 2, editedAt: AT }
    applyLive(world, batch, [
      fromEntry({
        ...change,
        seq: 2,
        kind: 'message_edited',
        entryId: uuidOf(2),
        data: null,
        messageId: m1.id,
        message: edited,
      }),
      fromEntry({
        ...change,
        seq: 3,
        kind: 'chat_updated',
        entryId: uuidOf(3),
        data: { changes: { name: 'new name' } },
      }),
    ])
    expect(batch.emissions.map(({ name }) => name)).toEqual(['entry', 'entry'])
    expect(batch.changes).toContainEqual({
      namespace: `messages:${CHAT}`,
      key: '000000000000001',
      value: edited,
    })
    expect(world.tracks.get(CHAT)?.chat.name).toBe('new name')
    expect(headOf(world)?.seq).toBe(3)
  })

  it('of others are to be acknowledged, own messages are not', () => {
    read(world, [chatPage(0, 0)])
    const own = anHonestMessage(2, 'mine', { senderId: ALICE })
    expect([...live(world, m1).received]).toEqual([[CHAT, 1]])
    expect([...live(world, own).received]).toEqual([])
  })

  it('count as unread', () => {
    read(world, [chatPage(0, 0)])
    live(world, m1, m2, anHonestMessage(3, 'mine', { senderId: ALICE }))
    expect(world.tracks.get(CHAT)?.chat.my?.unreadCount).toBe(2)
  })

  it('push the oldest stored message out', () => {
    world.keepMessages = 2
    read(world, [chatPage(0, 0)])
    expect(
      live(world, m1, m2, m3)
        .changes.filter((change) => !('value' in change))
        .slice(-1),
    ).toEqual([{ namespace: `messages:${CHAT}`, key: '000000000000001' }])
  })
})

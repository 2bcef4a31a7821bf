import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Message } from '@sup/types'
import { AT, CHAT, EPOCH, aChat, digestOf, entryOf, uuidOf } from '../../test/examples.js'
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
import { ZERO_DIGEST } from './digest.js'
import type { World } from './world.js'

let world: World
beforeEach(() => {
  world = newWorld()
})
const [m1, m2, m3] = log as [Message, Message, Message]

describe('a page of sync', () => {
  it('is stored together with its cursor', () => {
    const batch = read(world, [chatPage(0, 3)])
    expect(batch.isDurable).toBe(true)
    expect(batch.changes).toContainEqual({
      namespace: 'sync',
      key: 'state',
      value: { epoch: EPOCH, cursor: 'c1' },
    })
    expect(seqsOf(batch)).toEqual([1, 2, 3])
    expect(problemsOf(batch)).toEqual([])
  })

  it('may come again, and may overlap', () => {
    read(world, [chatPage(0, 3)])
    expect(seqsOf(read(world, [chatPage(0, 3)]))).toEqual([])
    const batch = read(world, [chatPage(1, 5)])
    expect(seqsOf(batch)).toEqual([4, 5])
    expect(problemsOf(batch)).toEqual([])
  })

  it('that leaves a window out moves the base', () => {
    read(world, [chatPage(0, 2)])
    const batch = read(world, [chatPage(8, 12, { skippedTo: 8 })])
    expect(seqsOf(batch)).toEqual([9, 10, 11, 12])
    expect(problemsOf(batch)).toEqual([])
    expect(batch.changes).toContainEqual({ namespace: `messages:${CHAT}` })
    expect(headOf(world)).toEqual({ seq: 12, digest: digestOf(log) })
  })

  it('does not take back what live entries added since it was made', () => {
    read(world, [chatPage(0, 1)])
    live(world, m2, m3)
    read(world, [chatPage(1, 2)])
    const chat = world.tracks.get(CHAT)?.chat
    expect([chat?.lastMessage?.seq, chat?.head?.seq, chat?.my?.unreadCount]).toEqual([3, 3, 2])
  })

  it.each([
    ['another history', chatPage(3, 4, { baseDigest: 'b'.repeat(64) }), 3],
    ['another entry in the overlap', chatPage(1, 4, { baseDigest: 'b'.repeat(64) }), 3],
    [
      'a head that its entries do not give',
      chatPage(3, 4, { chat: aChat({ head: { seq: 4, digest: 'c'.repeat(64) } }) }),
      4,
    ],
  ])('with %s is noticed', (_name, wrong, seq) => {
    read(world, [chatPage(0, 3)])
    const batch = read(world, [wrong])
    expect(problemsOf(batch)).toEqual([{ chatId: CHAT, seq, reason: 'digest' }])
    expect([...batch.broken]).toEqual([CHAT])
  })

  it('with a gap or a forged text is noticed', () => {
    const gap = chatPage(0, 4)
    gap.entries.splice(1, 1)
    expect(problemsOf(read(world, [gap]))).toEqual([{ chatId: CHAT, seq: 3, reason: 'order' }])
    world.tracks.clear()
    const forged = chatPage(0, 4)
    forged.entries[1] = { ...entryOf(m2), message: { ...m2, content: 'forged' } }
    expect(problemsOf(read(world, [forged]))).toEqual([{ chatId: CHAT, seq: 2, reason: 'content' }])
  })

  it('that repairs is believed, and does not ask for another repair', () => {
    read(world, [chatPage(0, 3)])
    const wrong = chatPage(0, 4, {
      baseDigest: ZERO_DIGEST,
      chat: aChat({ head: { seq: 4, digest: 'c'.repeat(64) } }),
    })
    const batch = read(world, [wrong], { kind: 'repair' })
    expect(problemsOf(batch)).toHaveLength(1)
    expect(batch.broken.size).toBe(0)
    expect(headOf(world)).toEqual({ seq: 4, digest: 'c'.repeat(64) })
  })

  it('takes void entries and later states of erased ones as given', () => {
    const tombstone = { ...m1, content: undefined, deletedAt: AT }
    const erased = { ...entryOf(m1), salt: null, message: tombstone as Message }
    const { chatId, seq, entryId, at, hash } = entryOf(m2)
    const batch = read(world, [
      chatPage(0, 3, {
        entries: [erased, { chatId, seq, kind: 'void', entryId, at, hash }, entryOf(m3)],
      }),
    ])
    expect(problemsOf(batch)).toEqual([])
    expect(headOf(world)?.seq).toBe(3)
  })

  it('of another epoch drops positions, keeps older messages, and lets own ones be sent again', () => {
    read(world, [chatPage(0, 5)])
    const batch = read(world, [chatPage(0, 3)], { epoch: uuidOf(0xef), reset: true })
    expect(batch.hasNewEpoch).toBe(true)
    expect(headOf(world)?.seq).toBe(3)
    const removed = batch.changes.flatMap((change) =>
      'key' in change && !('value' in change) && change.namespace === `messages:${CHAT}`
        ? [Number(change.key)].filter((seq) => seq > 0)
        : [],
    )
    expect(removed).toEqual([1, 2, 3, 4, 5])
    expect(batch.changes).not.toContainEqual({ namespace: `messages:${CHAT}` })
    expect(problemsOf(batch)).toEqual([])
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Hints, createHints } from '@sup/service-kit/hints'
import { createLogger } from '@sup/service-kit/log'
import type { Redis } from '@sup/service-kit/redis'
import { type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { addReaction, chatChannel, deleteMessage, editMessage } from '@sup/types'
import { PassThrough } from 'node:stream'
import { message } from '../../../test/examples.js'
import { chatOf, eventually, positions, range, redisOf, say, shown } from '../../../test/start.js'

describe('the stream of a chat', () => {
  let system: TestSystem
  let redis: Redis
  let hints: Hints
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 2 })
    redis = redisOf(system)
    const sink = new PassThrough().resume()
    hints = createHints({ redis, log: createLogger({ service: 'test', level: 'error', sink }) })
    await redis.ping()
  }, 120_000)
  afterAll(async () => {
    await redis.close()
    await system.stop()
  })

  /** Cuts the connections of this system, and of no other, that carry this name. */
  async function cut(name: string): Promise<number> {
    const database = new URL(system.redis.url).pathname.slice(1)
    const clients = String(await redis.command.call('CLIENT', 'LIST')).split('\n')
    const ours = clients.filter(
      (line) => line.includes(` name=${name} `) && line.includes(` db=${database} `),
    )
    const ids = ours.map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '')
    for (const id of ids) await redis.command.call('CLIENT', 'KILL', 'ID', id)
    return ids.length
  }

  it('interleaves every kind of entry in one contiguous sequence', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1], auth: { protocol: 1, batch: true } })
    const chatId = await chatOf([alice, bob])
    const { id, seq } = await say(alice.device, chatId, 'one')
    await bob.device.call(addReaction, { params: { id }, body: { emoji: '👍' } })
    await alice.device.call(editMessage, { params: { id }, body: { content: 'two' } })
    await say(bob.device, chatId, 'three')
    await alice.device.call(deleteMessage, { params: { id } })

    for (const { device } of [alice, bob]) {
      await device.next('entry', ({ kind }) => kind === 'message_deleted')
      const tail = shown(device.events, chatId).slice(-5)
      expect(tail.map((part) => part.seq)).toEqual(range(seq, seq + 4))
      expect(tail.map((part) => part.kind)).toEqual([
        'message',
        'reaction_added',
        'message_edited',
        'message',
        'message_deleted',
      ])
    }
    for (const one of [alice, bob]) one.close()
  })

  it('loses and doubles nothing between heads and the stream of a socket that joins under traffic', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [0] })
    const chatId = await chatOf([alice, bob])
    const total = 400
    const sending = Promise.all(range(1, total).map((i) => say(alice.device, chatId, String(i))))
    const auth = { token: bob.device.accessToken, protocol: 1 }
    const joining = range(1, 8).map(async (i) => {
      const url = system.websocketNodes[i % 2]?.url ?? ''
      const socket = openSocket({ url, auth: { ...auth, batch: i % 3 === 0 } })
      const { heads } = await socket.next('heads')
      return { socket, head: heads[chatId] ?? 0 }
    })
    const acks = await sending
    const last = Math.max(...acks.map(({ seq }) => seq))
    for (const { socket, head } of await Promise.all(joining)) {
      await eventually(socket, () => {
        expect(positions(socket, chatId)).toEqual(range(head + 1, last))
      })
      socket.close()
    }
    for (const one of [alice, bob]) one.close()
  })

  it('fetches what was published while its subscription was cut', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const chatId = await chatOf([alice, bob])
    const { seq } = await say(alice.device, chatId, 'before')
    await bob.device.next('message')
    const sending = say(alice.device, chatId, 'the last one')
    // As often as it comes back, until the message is published: nothing later will reveal it.
    const sent = { isDone: false }
    void sending.then(() => (sent.isDone = true))
    let cuts = 0
    while (!sent.isDone) cuts += await cut('websocket-service-subscriber')
    expect(cuts).toBeGreaterThan(0)
    const last = await sending
    for (const { device } of [alice, bob]) {
      await device.next('message', (one) => one.seq === last.seq, 5000)
      expect(positions(device, chatId)).toEqual(range(seq, last.seq))
    }
    for (const one of [alice, bob]) one.close()
  })

  it('fetches a gap in front of a later message, and a lost last one at the node that sent it', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const chatId = await chatOf([alice, bob])
    // main-api publishes what it can while its connection is away: nothing.
    expect(await cut('sup-publisher')).toBeGreaterThan(0)
    const lost = await say(alice.device, chatId, 'lost on the way')
    await alice.device.next('message', ({ seq }) => seq === lost.seq)
    const after = await say(alice.device, chatId, 'after')
    await bob.device.next('message', ({ seq }) => seq === after.seq)
    expect(positions(bob.device, chatId)).toEqual([lost.seq, after.seq])
    expect(positions(alice.device, chatId)).toEqual([lost.seq, after.seq])
    for (const one of [alice, bob]) one.close()
  })

  it('ignores what is no entry of the log, and goes on', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const chatId = await chatOf([alice])
    const { seq } = await say(alice.device, chatId, 'real')
    await alice.device.next('message')
    const publish = (payload: object | string) => hints.publish(chatChannel(chatId), payload)
    const forged = message({ chatId, seq: seq + 5, senderId: alice.userId, content: 'forged' })
    await publish('no json')
    await publish('null')
    await publish({ type: 'new-message', chatId, message: { chatId, content: 'forged' } })
    await publish({ type: 'new-message', chatId, seq, message: { ...forged, seq } })
    await publish({ type: 'new-message', chatId, seq: seq + 5, message: forged })
    await publish({ type: 'whatever', chatId })
    const wrong = { ...forged, seq: seq + 1, attachments: undefined }
    await publish({ type: 'new-message', chatId, seq: seq + 1, message: wrong })
    const next = await say(alice.device, chatId, 'also real')
    await alice.device.next('message', (one) => one.seq === next.seq)
    expect(shown(alice.device.events, chatId).map(({ text }) => text)).toEqual([
      'real',
      'also real',
    ])
    alice.close()
  })

  it('shows a hidden message as void, under its number, to whom it is hidden from', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { devices: ['phone', 'laptop'], nodes: [0, 1] })
    const chatId = await chatOf([alice, bob])
    const { seq } = await say(alice.device, chatId, 'for all')
    const next = { chatId, senderId: alice.userId }
    const messages = [1, 2, 3].map((i) => ({
      seq: seq + i,
      message: message({ ...next, seq: seq + i }),
      ...(i === 2 ? { hiddenFor: [bob.userId] } : {}),
    }))
    await hints.publish(chatChannel(chatId), { type: 'new-messages', chatId, messages })
    for (const device of Object.values(bob.devices)) {
      const gap = await device.next('entry', (one) => one.seq === seq + 2)
      expect(Object.keys(gap).sort()).toEqual(['at', 'chatId', 'entryId', 'hash', 'kind', 'seq'])
      await eventually(device, () => {
        expect(shown(device.events, chatId).map(({ kind }) => kind)).toEqual([
          'message',
          'message',
          'void',
          'message',
        ])
      })
    }
    await eventually(alice.device, () => {
      expect(shown(alice.device.events, chatId).map(({ kind }) => kind)).toEqual(
        Array.from({ length: 4 }, () => 'message'),
      )
    })
    for (const one of [alice, bob]) one.close()
  })
})

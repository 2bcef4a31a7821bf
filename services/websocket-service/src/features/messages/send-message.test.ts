import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { createChat, listMessages, messageEvent } from '@sup/types'
import { randomUUID } from 'node:crypto'
import {
  chatOf,
  devicesOf,
  eventually,
  positions,
  range,
  refused,
  say,
  shown,
} from '../../../test/start.js'

describe('message', () => {
  let system: TestSystem
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 2 })
  }, 90_000)
  afterAll(() => system.stop())

  it('is shown once to every device of every member, also the sending one, on all nodes', async () => {
    const alice = await person(system, 'alice', { devices: ['phone', 'laptop'], nodes: [0, 1] })
    const bob = await person(system, 'bob', { devices: ['phone', 'laptop'], nodes: [1, 0] })
    const carol = await person(system, 'carol', { nodes: [0] })
    const chatId = await chatOf([alice, bob])

    const ack = await say(alice.devices.phone, chatId, 'hello')
    expect(ack).toMatchObject({ ok: true, chatId, duplicate: false })

    const devices = devicesOf([alice, bob])
    for (const device of devices) {
      await expect(device.next('message')).resolves.toMatchObject({
        id: ack.id,
        seq: ack.seq,
        content: 'hello',
        senderId: alice.userId,
        clientMessageId: ack.clientMessageId,
      })
    }
    await say(bob.devices.laptop, chatId, 'and back')
    for (const device of devices) await device.next('message')
    for (const device of devices) {
      expect(positions(device, chatId).slice(-2)).toEqual([ack.seq, ack.seq + 1])
    }
    expect(carol.device.events.filter(({ name }) => name === 'message')).toEqual([])
    for (const one of [alice, bob, carol]) one.close()
  })

  it('keeps the order of one sender, whatever is in flight', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const chatId = await chatOf([alice, bob], 'direct')
    const acks = await Promise.all(range(1, 300).map((i) => say(alice.device, chatId, String(i))))

    const first = acks[0]?.seq ?? 0
    expect(acks.map(({ seq }) => seq)).toEqual(range(first, first + 299))
    await eventually(bob.device, () => {
      const texts = shown(bob.device.events, chatId).slice(-300)
      expect(texts.map(({ text }) => text)).toEqual(range(1, 300).map(String))
    })
    expect(positions(bob.device, chatId)).toEqual(range(first, first + 299))
    for (const one of [alice, bob]) one.close()
  })

  it('gives several messages in a row to batch sockets as one event, and singles to the others', async () => {
    const alice = await person(system, 'alice')
    const batching = await person(system, 'bob', { auth: { protocol: 1, batch: true } })
    const single = await person(system, 'carol')
    const chatId = await chatOf([alice, batching, single])
    const acks = await Promise.all(range(1, 400).map((i) => say(alice.device, chatId, String(i))))
    const last = acks.at(-1)?.seq ?? 0

    for (const { device } of [batching, single]) {
      await eventually(device, () => {
        expect(positions(device, chatId)).toEqual(range(last - 399, last))
      })
    }
    const names = new Set(batching.device.events.map(({ name }) => name))
    expect(names).toContain('messages')
    expect(single.device.events.map(({ name }) => name)).not.toContain('messages')
    const before = batching.device.events.length
    await say(alice.device, chatId, 'alone')
    await batching.device.next('message', ({ content }) => content === 'alone')
    expect(batching.device.events[before]).toMatchObject({ name: 'message' })
    for (const one of [alice, batching, single]) one.close()
  })

  it('stores a message that is sent five times at once, over both nodes, once', async () => {
    const alice = await person(system, 'alice', { devices: ['phone'], nodes: [0] })
    const bob = await person(system, 'bob')
    const chatId = await chatOf([alice, bob])
    const token = alice.device.accessToken
    const other = openSocket({
      url: system.websocketNodes[1]?.url ?? '',
      auth: { token, protocol: 1 },
    })
    await other.next('authenticated')
    const id = randomUUID()
    const from = [alice.device, other, alice.device, other, alice.device]
    const acks = await Promise.all(from.map((socket) => say(socket, chatId, 'once', id)))

    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(1)
    expect(acks.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    const history = await bob.device.call(listMessages, { params: { chatId } })
    expect(history.filter(({ clientMessageId }) => clientMessageId === id)).toHaveLength(1)
    await say(bob.device, chatId, 'after')
    await bob.device.next('message', ({ content }) => content === 'after')
    expect(shown(bob.device.events, chatId).map(({ text }) => text)).toEqual(['once', 'after'])

    const conflict = await refused(
      alice.device.send('message', { chatId, content: 'other', clientMessageId: id }),
    )
    expect(conflict).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', retryable: false })
    other.close()
    for (const one of [alice, bob]) one.close()
  })

  it('refuses as REST does', async () => {
    const alice = await person(system, 'alice')
    const stranger = await person(system, 'carol')
    const chatId = await chatOf([alice])
    const send = (from: typeof alice, payload: object) =>
      refused(from.device.socket.timeout(5000).emitWithAck('message', payload))

    await expect(send(stranger, { chatId, content: 'x' })).resolves.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(send(alice, { chatId: randomUUID(), content: 'x' })).resolves.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(send(alice, { chatId, encryptedContent: 'x' })).resolves.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(send(alice, { chatId, content: '' })).resolves.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: [{ path: 'content' }],
    })
    await expect(send(alice, { chatId })).resolves.toMatchObject({ ok: false })
    for (const one of [alice, stranger]) one.close()
  })

  it('tells a failure without callback as an error event', async () => {
    const alice = await person(system, 'alice')
    const clientMessageId = randomUUID()
    alice.device.socket.emit('message', { chatId: randomUUID(), content: 'x', clientMessageId })
    await expect(alice.device.next('error')).resolves.toMatchObject({
      code: 'NOT_FOUND',
      event: 'message',
      clientMessageId,
      retryable: false,
    })
    alice.close()
  })

  it('serves the plain clients of document 000', async () => {
    const alice = await person(system, 'alice', { auth: { protocol: undefined }, nodes: [0] })
    const bob = await person(system, 'bob', { auth: { protocol: undefined }, nodes: [1] })
    const { id: chatId } = await alice.device.call(createChat, {
      body: { type: 'direct', memberIds: [bob.userId] },
    })
    await bob.device.next('heads', ({ heads }) => chatId in heads)
    await alice.device.next('heads', ({ heads }) => chatId in heads)

    const payload = { chatId, encryptedContent: 'encrypted-data', type: 'text' }
    alice.device.socket.emit('message', payload)
    const got = await bob.device.next('message')
    expect(got).toMatchObject({ encryptedContent: 'encrypted-data', senderId: alice.userId })
    await expect(alice.device.next('message')).resolves.toMatchObject({ id: got.id })
    // Bob never says that he has it: that it was written to him is enough.
    await expect(alice.device.next('delivered')).resolves.toMatchObject({
      messageId: got.id,
      chatId,
      userId: bob.userId,
      deliveredSeq: got.seq,
    })
    alice.device.socket.emit('message', payload)
    await expect(bob.device.next('message')).resolves.toMatchObject({ seq: got.seq + 1 })

    bob.device.socket.emit('read', { messageId: got.id })
    await expect(alice.device.next('read')).resolves.toMatchObject({
      messageId: got.id,
      userId: bob.userId,
    })
    for (const one of [alice, bob]) one.close()
  })

  it('acknowledges with exactly what the contract says', async () => {
    const alice = await person(system, 'alice')
    const chatId = await chatOf([alice])
    const ack: unknown = await alice.device.send('message', { chatId, content: 'x' })
    expect(Object.keys(messageEvent.ack.parse(ack)).sort()).toEqual(Object.keys(Object(ack)).sort())
    alice.close()
  })
})

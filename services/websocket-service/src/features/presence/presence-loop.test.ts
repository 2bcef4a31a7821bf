import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Redis } from '@sup/service-kit/redis'
import { type Person, type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { getUser, updateUser } from '@sup/types'
import { chatOf, devicesOf, eventually, refused, say, redisOf } from '../../../test/start.js'

describe('presence, typing and receipts over two nodes', () => {
  let system: TestSystem
  let redis: Redis
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 2 })
    redis = redisOf(system)
    await redis.ping()
  }, 120_000)
  afterAll(async () => {
    await redis.close()
    await system.stop()
  })

  const about = (other: Person, status: string) => (one: { userId: string; status: string }) =>
    one.userId === other.userId && one.status === status

  it('shows who comes, is away and goes to those who share a chat', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const stranger = await person(system, 'carol', { nodes: [1] })
    await chatOf([alice, bob])

    await bob.device.send('presence', { status: 'away' })
    await alice.device.next('presence', about(bob, 'away'))
    await expect(redis.command.get(`presence:${bob.userId}`)).resolves.toBe('away')
    const token = bob.device.accessToken
    const second = openSocket({ url: system.websocketNodes[0]?.url ?? '', auth: { token } })
    // The best of all connections, wherever they are.
    await alice.device.next('presence', about(bob, 'online'))
    second.close()
    await alice.device.next('presence', about(bob, 'away'))
    bob.close()
    const startedAt = performance.now()
    await alice.device.next('presence', about(bob, 'offline'))
    expect(performance.now() - startedAt).toBeGreaterThan(4000)
    await expect(redis.command.get(`presence:${bob.userId}`)).resolves.toBeNull()
    await eventually(alice.device, () => {
      expect(stranger.device.events.filter(({ name }) => name === 'presence')).toEqual([])
    })
    const seen = await alice.device.call(getUser, { params: { id: bob.userId } })
    expect(seen).toMatchObject({ status: 'offline' })
    for (const one of [alice, stranger]) one.close()
  })

  it('does not let a short break look like an end', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    await chatOf([alice, bob])
    const before = alice.device.events.length
    bob.close()
    const auth = { token: bob.device.accessToken, protocol: 1 }
    const back = openSocket({ url: system.websocketNodes[0]?.url ?? '', auth })
    await back.next('authenticated')
    await back.send('presence', { status: 'away' })
    await alice.device.next('presence', about(bob, 'away'))
    const said = alice.device.events.slice(before).filter(({ name }) => name === 'presence')
    expect(said).toHaveLength(1)
    back.close()
    alice.close()
  })

  it('removes what a node that died has left behind', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const stale = JSON.stringify({ status: 'online', at: Date.now() - 61_000, since: 1 })
    await redis.command.hset(`presence:${alice.userId}:sockets`, 'dead:socket', stale)
    await alice.device.send('presence', { status: 'away' })
    const deadline = Date.now() + 5000
    for (;;) {
      const fields = await redis.command.hkeys(`presence:${alice.userId}:sockets`)
      const status = await redis.command.get(`presence:${alice.userId}`)
      if (!fields.includes('dead:socket') && status === 'away') break
      expect([Date.now() < deadline, fields, status]).toContain(true)
    }
    alice.close()
  })

  it('relays typing to the other members at most once a second, and its end', async () => {
    const alice = await person(system, 'alice', { devices: ['phone', 'laptop'], nodes: [0, 1] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const chatId = await chatOf([alice, bob])
    const typing = { userId: alice.userId, chatId }
    for (let i = 0; i < 5; i++) {
      await expect(alice.devices.phone.send('typing', { chatId, isTyping: true })).resolves.toEqual(
        { ok: true },
      )
    }
    await expect(bob.device.next('typing')).resolves.toEqual({ ...typing, isTyping: true })
    await alice.devices.phone.send('typing', { chatId, isTyping: false })
    await bob.device.next('typing', ({ isTyping }) => !isTyping)
    const told = bob.device.events.filter(({ name }) => name === 'typing')
    expect(told).toHaveLength(2)
    // Own devices are not told.
    expect(
      devicesOf([alice]).flatMap(({ events }) => events.map(({ name }) => name)),
    ).not.toContain('typing')

    await alice.devices.phone.send('typing', { chatId, isTyping: true })
    await bob.device.next('typing', ({ isTyping }) => isTyping)
    alice.devices.phone.close()
    await bob.device.next('typing', ({ isTyping }) => !isTyping, 2000)

    await alice.devices.laptop.send('typing', { chatId, isTyping: true })
    await bob.device.next('typing', ({ isTyping }) => isTyping)
    const startedAt = performance.now()
    await bob.device.next('typing', ({ isTyping }) => !isTyping)
    expect(performance.now() - startedAt).toBeGreaterThan(4500)
    for (const one of [alice, bob]) one.close()
  })

  it('shows typing neither of nor to those who hide it', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const carol = await person(system, 'carol', { nodes: [1] })
    const chatId = await chatOf([alice, bob, carol])
    await bob.device.call(updateUser, {
      params: { id: 'me' },
      body: { privacy: { typing: false } },
    })
    await eventually(bob.device, () => {
      expect(bob.device.events.map(({ name }) => name)).toContain('account')
    })
    // The rooms follow within a second of the change.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await bob.device.send('typing', { chatId, isTyping: true })
    await alice.device.send('typing', { chatId, isTyping: true })
    await carol.device.next('typing', ({ userId }) => userId === alice.userId)
    const of = (one: Person) => one.device.events.filter(({ name }) => name === 'typing')
    expect(of(bob)).toEqual([])
    expect(of(alice)).toEqual([])
    expect(of(carol)).toHaveLength(1)
    for (const one of [alice, bob, carol]) one.close()
  })

  it('tells the sender of a delivery once, and everybody who read how far', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { devices: ['phone', 'laptop'], nodes: [1, 0] })
    const chatId = await chatOf([alice, bob])
    const one = await say(alice.device, chatId, 'one')
    const two = await say(alice.device, chatId, 'two')
    const { phone, laptop } = bob.devices
    await expect(phone.send('delivered', { chatId, seq: two.seq })).resolves.toEqual({ ok: true })
    for (const { id } of [one, two]) {
      await expect(
        alice.device.next('delivered', ({ messageId }) => messageId === id),
      ).resolves.toMatchObject({ userId: bob.userId, deliveredSeq: two.seq, chatId })
    }
    await laptop.send('delivered', { items: [{ chatId, seq: two.seq }] })

    await expect(phone.send('read', { messageId: one.id })).resolves.toEqual({
      ok: true,
      chatId,
      lastReadSeq: one.seq,
      unreadCount: 1,
    })
    await expect(alice.device.next('read_receipt')).resolves.toMatchObject({
      messageId: one.id,
      chatId,
      userId: bob.userId,
      readSeq: one.seq,
    })
    await alice.device.next('read', ({ messageId }) => messageId === one.id)
    await laptop.next('read_receipt', ({ messageId }) => messageId === one.id)
    await expect(phone.send('read_receipt', { chatId, seq: two.seq })).resolves.toMatchObject({
      unreadCount: 0,
    })
    await alice.device.next('read_receipt', ({ messageId }) => messageId === two.id)
    const names = alice.device.events.map(({ name }) => name)
    expect(names.filter((name) => name === 'delivered')).toHaveLength(2)
    expect(phone.events.map(({ name }) => name)).not.toContain('read_receipt')
    for (const someone of [alice, bob]) someone.close()
  })

  it('keeps read marks to those who show them, except for the own devices', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { devices: ['phone', 'laptop'], nodes: [1, 0] })
    const chatId = await chatOf([alice, bob])
    await bob.device.call(updateUser, {
      params: { id: 'me' },
      body: { privacy: { readReceipts: false } },
    })
    const { id, seq } = await say(alice.device, chatId, 'secretly read')
    await bob.device.next('message')
    await bob.devices.phone.send('read', { chatId, seq })
    await bob.devices.laptop.next('read_receipt', ({ messageId }) => messageId === id)
    await say(bob.device, chatId, 'mark')
    await alice.device.next('message', ({ content }) => content === 'mark')
    expect(alice.device.events.map(({ name }) => name)).not.toContain('read_receipt')
    for (const one of [alice, bob]) one.close()
  })

  it('refuses marks in chats of others', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const mallory = await person(system, 'mallory', { nodes: [1] })
    const chatId = await chatOf([alice])
    const { id, seq } = await say(alice.device, chatId, 'private')
    const { device } = mallory
    const attempts = [
      device.send('read', { messageId: id }),
      device.send('read', { chatId, seq }),
      device.send('delivered', { chatId, seq }),
      device.send('typing', { chatId, isTyping: true }),
    ]
    for (const attempt of attempts) {
      await expect(refused(attempt)).resolves.toMatchObject({ code: 'NOT_FOUND' })
    }
    for (const one of [alice, mallory]) one.close()
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestSocket, type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { createChat, logIn, logOut, removeMember, revokeSession } from '@sup/types'
import { type ManagerOptions, io } from 'socket.io-client'
import { chatOf, devicesOf, refused, say, shown, tokenFor } from '../../../test/start.js'

describe('the end of sessions and memberships', () => {
  let system: TestSystem
  let url: string
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 2 })
    url = system.websocketNodes[0]?.url ?? ''
  }, 120_000)
  afterAll(() => system.stop())

  /** What a refused handshake is told. */
  const refusalOf = (auth: object, options: Partial<ManagerOptions> = {}) =>
    new Promise<{ message: string; data?: unknown }>((resolve, reject) => {
      const socket = io(url, {
        auth,
        transports: ['websocket'],
        reconnection: false,
        forceNew: true,
        ...options,
      })
      const end = (fn: () => void) => {
        socket.disconnect()
        fn()
      }
      socket.on('connect', () => {
        end(() => reject(new Error('it was let in')))
      })
      socket.on('connect_error', (err) => {
        end(() => resolve(err))
      })
    })
  const unauthorized = (reason: string) => ({
    message: 'unauthorized',
    data: { code: 'UNAUTHORIZED', reason, retryable: false },
  })

  it('renews its token, but not to another identity', async () => {
    const alice = await person(system, 'alice')
    const mallory = await person(system, 'mallory')
    const answer = await alice.device.send('authenticate', { token: alice.device.accessToken })
    expect(answer).toMatchObject({ ok: true, userId: alice.userId })
    await alice.device.next('authenticated')
    const other = await refused(
      alice.device.send('authenticate', { token: mallory.device.accessToken }),
    )
    expect(other).toMatchObject({ code: 'UNAUTHORIZED' })
    await expect(alice.device.next('closing')).resolves.toMatchObject({
      code: 'IDENTITY_MISMATCH',
      reconnect: false,
    })
    mallory.close()
  })

  it('warns before a token ends, and closes when it has', async () => {
    const alice = await person(system, 'alice')
    const { sessionId, deviceId } = alice.device
    const session = { userId: alice.userId, sessionId, deviceId }
    const token = tokenFor(system, session, 4)
    const socket = openSocket({ url, auth: { token, protocol: 1 } })
    await socket.next('token_expiring')
    await expect(socket.next('closing')).resolves.toMatchObject({
      code: 'TOKEN_EXPIRED',
      reconnect: false,
    })
    const renewed = openSocket({ url, auth: { token: tokenFor(system, session, 4), protocol: 1 } })
    await renewed.send('authenticate', { token: tokenFor(system, session, 600) })
    await expect(renewed.next('closing', () => true, 6000)).rejects.toThrow('No fitting')
    for (const one of [renewed, alice]) one.close()
  })

  it('ends every socket of a session within a second of its end, and lets it in nowhere', async () => {
    const alice = await person(system, 'alice', { devices: ['phone', 'laptop'], nodes: [0, 1] })
    const { phone, laptop } = alice.devices
    await phone.call(revokeSession, { params: { sessionId: laptop.sessionId } })
    const startedAt = performance.now()
    await expect(laptop.next('closing')).resolves.toMatchObject({
      code: 'SESSION_REVOKED',
      reconnect: false,
    })
    expect(performance.now() - startedAt).toBeLessThan(1000)
    await expect(refusalOf({ token: laptop.accessToken })).resolves.toMatchObject(
      unauthorized('session_revoked'),
    )
    await phone.call(logOut, { body: { allSessions: true } })
    await expect(phone.next('closing')).resolves.toMatchObject({ code: 'SESSION_REVOKED' })
    const { username, password } = alice
    const again = await phone.request(logIn, { body: { username, password } })
    expect(again.status).toBe(200)
  })

  it('shows somebody who was removed nothing more, on every node', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { devices: ['phone', 'laptop'], nodes: [0, 1] })
    const chatId = await chatOf([alice, bob])
    await say(alice.device, chatId, 'while a member')
    for (const device of devicesOf([bob])) await device.next('message')
    await alice.device.call(removeMember, { params: { id: chatId, userId: bob.userId } })
    for (const device of devicesOf([bob])) {
      await device.next('account', ({ type }) => type === 'chat_removed')
    }
    await say(alice.device, chatId, 'without bob')
    await alice.device.next('message', ({ content }) => content === 'without bob')
    await expect(
      refused(bob.device.send('typing', { chatId, isTyping: true })),
    ).resolves.toMatchObject({ code: 'NOT_FOUND' })
    for (const device of devicesOf([bob])) {
      const texts = shown(device.events, chatId).map(({ text }) => text)
      expect(texts).not.toContain('without bob')
    }
    for (const one of [alice, bob]) one.close()
  })

  it('joins the sockets of a new member, who sees nothing from before', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { devices: ['phone', 'laptop'], nodes: [0, 1] })
    const { id } = await alice.device.call(createChat, {
      body: { type: 'direct', encryption: 'managed', memberIds: [bob.userId] },
    })
    for (const device of devicesOf([bob])) {
      await device.next('heads', ({ heads }) => id in heads)
      await device.next('account', ({ type }) => type === 'chat_added')
    }
    await say(alice.device, id, 'welcome')
    for (const device of devicesOf([bob])) {
      await expect(device.next('message')).resolves.toMatchObject({ content: 'welcome' })
    }
    for (const one of [alice, bob]) one.close()
  })

  it('keeps the ten most recent connections of a user, over all nodes', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const auth = { token: alice.device.accessToken, protocol: 1 }
    const others: TestSocket[] = []
    for (let i = 0; i < 10; i++) {
      const other = openSocket({ url: system.websocketNodes[i % 2]?.url ?? '', auth })
      await other.next('authenticated')
      others.push(other)
    }
    await expect(alice.device.next('closing')).resolves.toMatchObject({
      code: 'TOO_MANY_CONNECTIONS',
      reconnect: false,
    })
    expect(others.every(({ socket }) => socket.connected)).toBe(true)
    for (const other of others) other.close()
  })
})

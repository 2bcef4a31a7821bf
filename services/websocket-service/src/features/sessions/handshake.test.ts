import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestSocket, type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { type ManagerOptions, io } from 'socket.io-client'
import { chatOf, refused, say, tokenFor } from '../../../test/start.js'

describe('connections', () => {
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

  const ended = (socket: TestSocket) =>
    new Promise<string>((resolve) => {
      socket.socket.once('disconnect', resolve)
    })

  it('says who one is and where the chats are, by either path and transport', async () => {
    const alice = await person(system, 'alice')
    const chatId = await chatOf([alice])
    const { seq } = await say(alice.device, chatId, 'x')
    await alice.device.next('message')
    const auth = { token: alice.device.accessToken, protocol: 1 }
    const ways: Partial<ManagerOptions>[] = [
      { path: '/socket.io/' },
      { path: '/ws/' },
      { path: '/ws' },
      { transports: ['polling'] },
      { transports: ['polling', 'websocket'], path: '/ws/' },
      { extraHeaders: { authorization: `Bearer ${auth.token}` } },
    ]
    for (const client of ways) {
      const given = client.extraHeaders ? { protocol: 1 } : auth
      const socket = openSocket({ url, auth: given, client })
      await expect(socket.next('authenticated')).resolves.toMatchObject({
        userId: alice.userId,
        deviceId: alice.device.deviceId,
        sessionId: alice.device.sessionId,
        limits: { maxPayload: 131_072 },
      })
      await expect(socket.next('heads')).resolves.toMatchObject({
        heads: { [chatId]: seq },
        more: false,
      })
      socket.close()
    }
    alice.close()
  })

  it('tells only the heads that a client does not have', async () => {
    const alice = await person(system, 'alice')
    const chats = [await chatOf([alice]), await chatOf([alice])]
    const seqs = await Promise.all(chats.map(async (id) => (await say(alice.device, id, 'x')).seq))
    const [known = '', behind = ''] = chats
    const heads = { [known]: seqs[0] ?? 0, [behind]: (seqs[1] ?? 0) - 1 }
    const auth = { token: alice.device.accessToken, protocol: 1 }
    const socket = openSocket({ url, auth: { ...auth, heads } })
    expect((await socket.next('heads')).heads).toEqual({ [behind]: seqs[1] })
    const restored = openSocket({ url, auth: { ...auth, heads, epoch: randomUUID() } })
    expect(Object.keys((await restored.next('heads')).heads).sort()).toEqual([...chats].sort())
    for (const one of [socket, restored, alice]) one.close()
  })

  it('refuses bad tokens with their reason', async () => {
    const alice = await person(system, 'alice')
    const session = {
      userId: alice.userId,
      sessionId: alice.device.sessionId,
      deviceId: alice.device.deviceId,
    }
    const foreign = { ...system, env: { ...system.env, JWT_SECRET: 'x'.repeat(64) } }
    await expect(refusalOf({ token: 'nonsense' })).resolves.toMatchObject(
      unauthorized('INVALID_TOKEN'),
    )
    for (const token of [{}, [], 7, true, 'a.b.c', 'x'.repeat(9000)]) {
      await expect(refusalOf({ token })).resolves.toMatchObject(unauthorized('INVALID_TOKEN'))
    }
    await expect(refusalOf({ token: tokenFor(foreign, session, 60) })).resolves.toMatchObject(
      unauthorized('INVALID_TOKEN'),
    )
    await expect(refusalOf({ token: tokenFor(system, session, -61) })).resolves.toMatchObject(
      unauthorized('TOKEN_EXPIRED'),
    )
    const nobody = { ...session, userId: randomUUID() }
    await expect(refusalOf({ token: tokenFor(system, nobody, 60) })).resolves.toMatchObject(
      unauthorized('session_revoked'),
    )
    await expect(refusalOf({}, { query: { token: alice.device.accessToken } })).rejects.toThrow(
      'let in',
    )
    alice.close()
  })

  it('lets in only browsers from allowed origins', async () => {
    const alice = await person(system, 'alice')
    const auth = { token: alice.device.accessToken }
    for (const transports of [['websocket'], ['polling']]) {
      const from = (origin: string) => ({ transports, extraHeaders: { origin } })
      await expect(refusalOf(auth, from('https://evil.example'))).resolves.toMatchObject({
        message: expect.stringMatching(/^(xhr poll|websocket) error$/),
      })
      const good = openSocket({ url, auth, client: from('http://localhost:8080') })
      await good.next('authenticated')
      good.close()
    }
    const answer = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, {
      headers: { origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(403)
    expect(await upgradeStatus(url, 'https://evil.example')).toBe(403)
    expect(await upgradeStatus(url, 'http://localhost:8080')).toBe(101)
    alice.close()
  })

  it('holds a connection without token, in no room, until it authenticates', async () => {
    const alice = await person(system, 'alice')
    const chatId = await chatOf([alice])
    const socket = openSocket({ url, auth: {} })
    const early = await refused(socket.send('typing', { chatId, isTyping: true }))
    expect(early).toMatchObject({ code: 'UNAUTHORIZED' })
    expect(await refused(socket.send('typing', {} as never))).toMatchObject({
      code: 'UNAUTHORIZED',
    })
    await say(alice.device, chatId, 'not for strangers')
    await alice.device.next('message')
    expect(socket.events).toEqual([])

    const bad = await refused(socket.send('authenticate', { token: 'nonsense' }))
    expect(bad).toMatchObject({ code: 'INVALID_TOKEN' })
    const token = alice.device.accessToken
    await expect(socket.send('authenticate', { token })).resolves.toMatchObject({
      ok: true,
      userId: alice.userId,
    })
    await socket.next('authenticated')
    await say(alice.device, chatId, 'now')
    await expect(socket.next('message')).resolves.toMatchObject({ content: 'now' })
    for (const one of [socket, alice]) one.close()
  })

  it('holds at most a hundred strangers of one address', async () => {
    const from = (address: string) => ({ extraHeaders: { 'x-forwarded-for': address } })
    const strangers = Array.from({ length: 100 }, () =>
      openSocket({ url, client: from('203.0.113.7') }),
    )
    await Promise.all(
      strangers.map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            socket.once('connect', resolve)
          }),
      ),
    )
    await expect(refusalOf({}, from('203.0.113.7'))).resolves.toMatchObject({
      message: 'rate_limited',
      data: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) },
    })
    await expect(refusalOf({}, from('203.0.113.8'))).rejects.toThrow('let in')
    for (const one of strangers) one.close()
  })

  it('closes a connection that never authenticates, after ten seconds', async () => {
    const socket = openSocket({ url, auth: {} })
    const startedAt = performance.now()
    const end = ended(socket)
    await expect(socket.next('closing', () => true, 15_000)).resolves.toMatchObject({
      code: 'UNAUTHORIZED',
      reconnect: false,
    })
    expect(performance.now() - startedAt).toBeGreaterThan(9000)
    await expect(end).resolves.toBe('io server disconnect')
  })

  it('takes an id without a token for no proof', async () => {
    const alice = await person(system, 'alice')
    const socket = openSocket({ url, auth: {} })
    const payload = { userId: alice.userId, username: alice.username }
    const answer = await refused(socket.socket.timeout(5000).emitWithAck('authenticate', payload))
    expect(answer).toMatchObject({ code: 'UNAUTHORIZED' })
    await expect(socket.next('closing')).resolves.toMatchObject({ code: 'IDENTITY_MISMATCH' })
    alice.close()
  })
})

/** What the upgrade of a page from `origin` is answered with. */
function upgradeStatus(url: string, origin: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-version': '13',
      origin,
    }
    const req = request(`${url}/socket.io/?EIO=4&transport=websocket`, { headers })
    req.on('response', (res) => {
      resolve(res.statusCode)
    })
    req.on('upgrade', (res, socket) => {
      socket.destroy()
      resolve(res.statusCode)
    })
    req.on('error', reject)
    req.end()
  })
}

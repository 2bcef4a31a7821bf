import { describe, expect, it } from '@jest/globals'
import { type TestSocket, call, openSocket } from '@sup/testkit'
import { type Encryption, revokeSession, sendMessage } from '@sup/types'
import { Redis } from 'ioredis'
import { type Socket, io } from 'socket.io-client'
import { within } from '../support/wait.js'
import { type Account, enter, leave, makePair, signUp } from './accounts.js'
import type { World } from './world.js'

/** Clients as the source documents show them (wire-contract 18): no protocol, no callbacks. */
export function describePlainSockets(world: () => World): void {
  describe('the samples of document 000', () => {
    it('connect by polling, upgrade, and are greeted', async () => {
      const { userId, token } = await signUp(world().here)
      const socket = io(world().here, { auth: { token }, forceNew: true })
      const greeted = once(socket, 'authenticated')
      const transports = new Promise<string[]>((resolve) => {
        socket.io.once('open', () => {
          const { engine } = socket.io
          const first = engine.transport.name
          engine.once('upgrade', ({ name }: { name: string }) => {
            resolve([first, name])
          })
        })
      })
      expect(await greeted).toMatchObject({ userId })
      expect(await within('the transport is upgraded', 10_000, transports)).toEqual([
        'polling',
        'websocket',
      ])
      socket.disconnect()
    })

    it('send without callback: everybody gets it, the sender too, and learns of its delivery', async () => {
      const { sockets, chatId } = await meet(world(), 'e2ee')
      const body = { chatId, encryptedContent: 'c2VjcmV0', type: 'text' }
      sockets.alice.socket.emit('message', body)
      const own = await sockets.alice.next('message')
      expect(own).toMatchObject({ chatId, encryptedContent: 'c2VjcmV0', seq: 3 })
      expect(await sockets.bob.next('message')).toEqual(own)
      expect(await sockets.alice.next('delivered')).toMatchObject({ messageId: own.id, chatId })
      // Without an id a retry is a second message.
      sockets.alice.socket.emit('message', body)
      expect((await sockets.bob.next('message')).seq).toBe(4)
      leave(sockets)
    })

    it('cannot put ciphertext into a managed chat', async () => {
      const { sockets, chatId, alice } = await meet(world(), 'managed')
      sockets.alice.socket.emit('message', { chatId, encryptedContent: 'encrypted-data' })
      expect(await sockets.alice.next('error')).toMatchObject({
        code: 'INVALID_INPUT',
        event: 'message',
        retryable: false,
      })
      await expect(
        call({ url: world().here, token: alice.token }, sendMessage, {
          body: { chatId, encryptedContent: 'encrypted-data' },
        }),
      ).rejects.toMatchObject({ status: 422, code: 'INVALID_INPUT' })
      leave(sockets)
    })

    it('read and type without callback; foreign chats and messages do not exist', async () => {
      const { sockets, chatId } = await meet(world(), 'e2ee')
      const strangers = await meet(world(), 'e2ee')
      sockets.alice.socket.emit('message', { chatId, encryptedContent: 'YQ==' })
      const { id: messageId } = await sockets.bob.next('message')
      sockets.bob.socket.emit('read', { messageId })
      expect(await sockets.alice.next('read_receipt')).toMatchObject({ messageId, chatId })
      expect(await sockets.alice.next('read')).toMatchObject({ messageId, chatId })
      sockets.bob.socket.emit('typing', { chatId, isTyping: true })
      expect(await sockets.alice.next('typing')).toMatchObject({ chatId, isTyping: true })

      const stranger = strangers.sockets.alice
      stranger.socket.emit('read', { messageId })
      expect(await stranger.next('error')).toMatchObject({ code: 'NOT_FOUND', event: 'read' })
      stranger.socket.emit('typing', { chatId, isTyping: true })
      expect(await stranger.next('error')).toMatchObject({ code: 'NOT_FOUND', event: 'typing' })
      stranger.socket.emit('message', { chatId, encryptedContent: 'YQ==' })
      expect(await stranger.next('error')).toMatchObject({ code: 'NOT_FOUND', event: 'message' })
      leave(sockets)
      leave(strangers.sockets)
    })

    it('post a message by axios: 201 and the message', async () => {
      const { alice, sockets, chatId } = await meet(world(), 'e2ee')
      const response = await fetch(`${world().here}/api/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ chatId, encryptedContent: 'YQ==', type: 'text' }),
      })
      expect(response.status).toBe(201)
      const { success, data } = (await response.json()) as { success: boolean; data: object }
      expect(success).toBe(true)
      expect(await sockets.bob.next('message')).toMatchObject(data)
      leave(sockets)
    })

    it('are not told what somebody else writes into Redis', async () => {
      const { sockets, chatId, alice } = await meet(world(), 'e2ee')
      const redis = new Redis(world().stack.redisUrl)
      const forged = { id: alice.userId, chatId, senderId: alice.userId, encryptedContent: 'no' }
      await redis.publish(
        `chat:${chatId}`,
        JSON.stringify({ type: 'new-message', chatId, message: forged }),
      )
      redis.disconnect()
      sockets.alice.socket.emit('message', { chatId, encryptedContent: 'eWVz' })
      expect((await sockets.bob.next('message')).encryptedContent).toBe('eWVz')
      leave(sockets)
    })
  })

  describe('the samples of document 002', () => {
    it('use paths with a trailing slash', async () => {
      const { alice, chatId, sockets } = await meet(world(), 'e2ee')
      const headers = { authorization: `Bearer ${alice.token}` }
      const chats = await fetch(`${world().here}/api/v1/chats/`, { headers, redirect: 'error' })
      expect(chats.status).toBe(200)
      const sent = await fetch(`${world().here}/api/v1/messages/`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ chatId, encryptedContent: 'YQ==' }),
        redirect: 'error',
      })
      expect(sent.status).toBe(201)
      leave(sockets)
    })

    it.each(['/ws', '/ws/', '/socket.io'])('connect at %s', async (path) => {
      const { token, userId } = await signUp(world().here)
      const socket = openSocket({ url: world().here, auth: { token }, client: { path } })
      expect(await socket.next('authenticated')).toMatchObject({ userId })
      socket.close()
    })

    it('authenticate by an event on a connection made without a token', async () => {
      const { token, userId } = await signUp(world().here)
      const socket = openSocket({ url: world().here })
      await once(socket.socket, 'connect')
      expect(await socket.send('heads', {})).toMatchObject({ ok: false, code: 'UNAUTHORIZED' })
      expect(await socket.send('authenticate', { token })).toMatchObject({ ok: true, userId })
      expect(await socket.next('authenticated')).toMatchObject({ userId })
      expect(await socket.send('heads', {})).toMatchObject({ ok: true })
      socket.close()
    })

    it('may say read_receipt for read', async () => {
      const { sockets, chatId } = await meet(world(), 'e2ee')
      sockets.alice.socket.emit('message', { chatId, encryptedContent: 'YQ==' })
      const { id: messageId } = await sockets.bob.next('message')
      sockets.bob.socket.emit('read_receipt', { messageId })
      expect(await sockets.alice.next('read_receipt')).toMatchObject({ messageId })
      leave(sockets)
    })
  })

  describe('a revoked session', () => {
    it('is cut on its socket and refused by REST within a second', async () => {
      const { here, there } = world()
      const account = await signUp(here)
      const { token, sessionId } = account
      const socket = await enter(there, account)
      const started = performance.now()
      await call({ url: here, token }, revokeSession, { params: { sessionId } })
      expect(await socket.next('closing')).toMatchObject({
        code: 'SESSION_REVOKED',
        reconnect: false,
      })
      expect(performance.now() - started).toBeLessThan(1000)
      const refused = await fetch(`${here}/api/v1/chats`, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect(refused.status).toBe(401)
      expect(await refused.json()).toMatchObject({
        error: { code: 'UNAUTHORIZED', details: { reason: 'session_revoked' } },
      })
      const again = openSocket({ url: here, auth: { token } })
      const error = await once<Error & { data: unknown }>(again.socket, 'connect_error')
      expect(error.message).toBe('unauthorized')
      expect(error.data).toMatchObject({ code: 'UNAUTHORIZED', reason: 'session_revoked' })
      again.close()
    })
  })
}

/** Two accounts with a plain socket on each node, and their direct chat. */
async function meet(
  world: World,
  encryption: Encryption,
): Promise<{
  alice: Account
  chatId: string
  sockets: { alice: TestSocket; bob: TestSocket }
}> {
  const { alice, bob, chatId } = await makePair(world, encryption)
  const [one, other] = await Promise.all([
    enter(world.here, alice, {}),
    enter(world.there, bob, {}),
  ])
  return { alice, chatId, sockets: { alice: one, bob: other } }
}

function once<T = unknown>(socket: Socket, event: string): Promise<T> {
  const happened = new Promise<T>((resolve) => {
    socket.once(event, resolve)
  })
  return within(event, 10_000, happened)
}

import { describe, expect, it } from '@jest/globals'
import { type TestSocket, request } from '@sup/testkit'
import { sendMessage } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { ask } from '../support/database.js'
import { type Account, enter, leave, makePair } from './accounts.js'
import type { World } from './world.js'

type Body = { chatId: string; clientMessageId: string; content: string }
type Ack = { ok: true; id: string; seq: number; duplicate: boolean }

/** Two websocket nodes are one service: raw sockets, so that every single event counts. */
export function describeNodes(world: () => World): void {
  describe('two websocket nodes', () => {
    it('give every socket one copy of each message, in order', async () => {
      const { sockets, chatId } = await meet(world())
      const all = Object.values(sockets)
      const ids: string[] = []
      for (let count = 0; count < 30; count += 1) {
        ids.push(await send(all[count % all.length], chatId, `${count}`))
      }
      for (const socket of all) {
        await socket.next('message', ({ id }) => id === ids.at(-1))
        expect(messageIds(socket)).toEqual(ids)
      }
      leave(sockets)
    })

    it('show typing and presence across', async () => {
      const { alice, sockets, chatId } = await meet(world())
      const [writer, reader] = [sockets.aliceHere, sockets.bobThere]
      expect(await writer.send('typing', { chatId, isTyping: true })).toEqual({ ok: true })
      expect(await reader.next('typing')).toEqual({
        userId: alice.userId,
        chatId,
        isTyping: true,
      })
      await writer.send('typing', { chatId, isTyping: false })
      await reader.next('typing', ({ isTyping }) => !isTyping)

      const isNow =
        (wanted: string) =>
        ({ userId, status }: { userId: string; status: string }): boolean =>
          userId === alice.userId && status === wanted
      for (const socket of [sockets.aliceHere, sockets.aliceThere]) {
        await socket.send('presence', { status: 'away' })
      }
      await reader.next('presence', isNow('away'))
      sockets.aliceHere.close()
      sockets.aliceThere.close()
      await reader.next('presence', isNow('offline'), 15_000)
      leave(sockets)
    })

    it('store a send once that is tried five times at the same moment', async () => {
      const { alice, sockets, chatId } = await meet(world())
      const { aliceHere, aliceThere, bobThere } = sockets
      const body = { chatId, clientMessageId: randomUUID(), content: 'once' }
      const acks = (await Promise.all([
        aliceHere.send('message', body),
        aliceThere.send('message', body),
        aliceHere.send('message', body),
        post(world().here, alice, body),
        post(world().there, alice, body),
      ])) as Ack[]
      expect(new Set(acks.map(({ id }) => id)).size).toBe(1)
      expect(new Set(acks.map(({ seq }) => seq)).size).toBe(1)
      expect(acks.filter(({ duplicate }) => !duplicate)).toHaveLength(1)

      const fence = await send(aliceHere, chatId, 'fence')
      await bobThere.next('message', ({ id }) => id === fence)
      expect(messageIds(bobThere)).toEqual([acks[0]?.id, fence])
      const rows = await ask(
        world().stack.databaseUrl,
        'SELECT id FROM messages WHERE chat_id = $1 AND client_message_id = $2',
        [chatId, body.clientMessageId],
      )
      expect(rows).toHaveLength(1)
      leave(sockets)
    })

    it('refuse another message under the same id', async () => {
      const { sockets, chatId } = await meet(world())
      const clientMessageId = randomUUID()
      await sockets.aliceHere.send('message', { chatId, clientMessageId, content: 'one' })
      expect(
        await sockets.aliceThere.send('message', { chatId, clientMessageId, content: 'another' }),
      ).toMatchObject({ ok: false, code: 'IDEMPOTENCY_CONFLICT', retryable: false })
      leave(sockets)
    })
  })
}

type Sockets = Record<'aliceHere' | 'aliceThere' | 'bobHere' | 'bobThere', TestSocket>

/** Two people with a direct chat, each with a socket on either node. */
async function meet(
  world: World,
): Promise<{ alice: Account; bob: Account; chatId: string; sockets: Sockets }> {
  const pair = await makePair(world, 'managed')
  const [aliceHere, aliceThere, bobHere, bobThere] = await Promise.all([
    enter(world.here, pair.alice),
    enter(world.there, pair.alice),
    enter(world.here, pair.bob),
    enter(world.there, pair.bob),
  ])
  return { ...pair, sockets: { aliceHere, aliceThere, bobHere, bobThere } }
}

async function send(socket: TestSocket | undefined, chatId: string, content: string) {
  const answer = (await socket?.send('message', { chatId, content })) as Ack
  expect(answer).toMatchObject({ ok: true, duplicate: false })
  return answer.id
}

/** A send over REST; the answer in the form of an acknowledgement. */
async function post(url: string, { token }: Account, body: Body): Promise<Ack> {
  const { status, body: answer } = await request({ url, token }, sendMessage, { body })
  const { data, meta } = answer as {
    data: { id: string; seq: number }
    meta?: { replayed?: boolean }
  }
  const duplicate = meta?.replayed === true
  expect(status).toBe(duplicate ? 200 : 201)
  return { ok: true, id: data.id, seq: data.seq, duplicate }
}

const messageIds = ({ events }: TestSocket): string[] =>
  events.flatMap(({ name, payload }) =>
    name === 'message' ? [(payload as { id: string }).id] : [],
  )

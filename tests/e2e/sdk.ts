import { describe, expect, it } from '@jest/globals'
import type { Client } from '@sup/sdk'
import type { Chat, Message } from '@sup/types'
import { type Device, type Someone, goOnline, join, whenState } from '../support/people.js'
import { within } from '../support/wait.js'
import type { World } from './world.js'

/** People with the SDK, as applications use it, through nginx. */
export function describeSdk(world: () => World): void {
  describe('two people with the SDK', () => {
    it('write to each other', async () => {
      const { alice, bob, chat } = await meet(world())
      await say(alice, chat, 'Hello Bob 👋🏽')
      const heard = await hear(bob.devices[0], chat, 'Hello Bob 👋🏽')
      const answer = await bob.client.messages.reply(heard, { content: 'Привет!\nيا صديقي' })
      await answer.stored()
      const back = await hear(alice.devices[0], chat, 'Привет!\nيا صديقي')
      expect(back).toMatchObject({ senderId: bob.userId, replyToId: heard.id, seq: heard.seq + 1 })
      await leave(alice, bob)
    })

    it('change what they wrote, and see each other’s changes', async () => {
      const { alice, bob, chat } = await meet(world())
      const first = await say(alice, chat, 'Lunch at twelfe?')
      const second = await say(alice, chat, 'a slip of the tongue')
      await hear(bob.devices[0], chat, 'a slip of the tongue')

      await alice.client.messages.edit(first.id, { content: 'Lunch at twelve?' })
      await bob.client.messages.react(first.id, '👍')
      await alice.client.messages.remove(second.id)
      await bob.client.messages.unreact(first.id, '👍')
      await bob.client.messages.react(first.id, '🥗')

      for (const { recorder } of [...alice.devices, ...bob.devices]) {
        await recorder.until('five changes', () => kindsOf(recorder.shown(chat.id)).length >= 5)
        expect(kindsOf(recorder.shown(chat.id))).toEqual([
          'message_edited',
          'reaction_added',
          'message_deleted',
          'reaction_removed',
          'reaction_added',
        ])
      }
      const [now, gone] = await bob.client.messages.stored(chat.id)
      expect(now).toMatchObject({ content: 'Lunch at twelve?', editCount: 1 })
      expect(now?.reactions).toEqual([{ emoji: '🥗', count: 1, userIds: [bob.userId] }])
      expect(gone).toMatchObject({ id: second.id, encryptedContent: '', reactions: [] })
      expect(gone?.deletedAt).toBeDefined()
      expect(gone?.content).toBeUndefined()
      await leave(alice, bob)
    })

    it('see when a message is delivered, and when it is read', async () => {
      const { alice, bob, chat } = await meet(world())
      const states: string[] = []
      const read = new Promise<void>((resolve) => {
        alice.client.on('outbox', ({ state }) => {
          states.push(state)
          if (state === 'read') resolve()
        })
      })
      await say(alice, chat, 'Seen?')
      const { seq } = await hear(bob.devices[0], chat, 'Seen?')
      expect(await bob.client.messages.markRead(chat.id, seq)).toBe(0)
      await within('the message is read', 10_000, read)
      expect(states.filter((state, index) => states.indexOf(state) === index)).toEqual([
        'queued',
        'sending',
        'sent',
        'delivered',
        'read',
      ])
      const receipts = []
      for await (const receipt of alice.client.messages.receipts(await idOf(alice, chat, seq))) {
        receipts.push(receipt)
      }
      expect(receipts).toEqual([
        {
          messageId: await idOf(alice, chat, seq),
          userId: bob.userId,
          deliveredAt: expect.any(String),
          readAt: expect.any(String),
        },
      ])
      await leave(alice, bob)
    })

    it('miss nothing of what happened while one was away, edits and deletions included', async () => {
      const { alice, bob, chat } = await meet(world())
      const old = await say(alice, chat, 'before')
      const doomed = await say(alice, chat, 'doomed')
      await hear(bob.devices[0], chat, 'doomed')
      bob.client.disconnect()
      await whenState(bob.client, 'offline')

      for (let count = 1; count <= 60; count += 1) await say(alice, chat, `while away ${count}`)
      await alice.client.messages.edit(old.id, { content: 'before, but better' })
      await alice.client.messages.remove(doomed.id)
      await say(alice, chat, 'after')

      await goOnline(bob.client)
      await hear(bob.devices[0], chat, 'after')
      const texts = (await bob.client.messages.stored(chat.id)).map(({ content }) => content)
      expect(texts).toEqual([
        'before, but better',
        undefined,
        ...Array.from({ length: 60 }, (_, index) => `while away ${index + 1}`),
        'after',
      ])
      await expectWhole([alice, bob], chat)
      await leave(alice, bob)
    })

    it('write while offline: it is sent when they are back, in order', async () => {
      const { alice, bob, chat } = await meet(world())
      alice.client.disconnect()
      await whenState(alice.client, 'offline')
      const sendings = []
      for (const content of ['one', 'two', 'three']) {
        sendings.push(await alice.client.messages.send(chat.id, { content }))
      }
      await goOnline(alice.client)
      await Promise.all(sendings.map((sending) => sending.stored()))
      await hear(bob.devices[0], chat, 'three')
      const texts = bob.devices[0].recorder.messages(chat.id).map(({ content }) => content)
      expect(texts).toEqual(['one', 'two', 'three'])
      await leave(alice, bob)
    })
  })

  describe('one person with two devices', () => {
    it('has everything on both, what it sent itself too', async () => {
      const { here, there } = world()
      const alice = await join('Alice', [here, there])
      const bob = await join('Bob', [there])
      const [phone, laptop] = alice.devices
      if (laptop === undefined) throw new Error('no laptop')
      const chat = await alice.client.chats.openDirect(bob.userId, 'managed')
      await say(alice, chat, 'from the phone')
      const seen = await hear(laptop, chat, 'from the phone')
      await (await laptop.client.messages.send(chat.id, { content: 'from the laptop' })).stored()
      await hear(phone, chat, 'from the laptop')
      await say(bob, chat, 'to both')
      await Promise.all([hear(phone, chat, 'to both'), hear(laptop, chat, 'to both')])

      const known = new Promise<number>((resolve) => {
        laptop.client.on('account', (change) => {
          if (change.type === 'chat_state') resolve(change.state.lastReadSeq)
        })
      })
      await phone.client.messages.markRead(chat.id, seen.seq + 2)
      expect(await within('the laptop knows what was read', 10_000, known)).toBe(seen.seq + 2)
      await expectWhole([alice, bob], chat)
      await leave(alice, bob)
    })
  })

  describe('groups and channels', () => {
    it('everybody in a group writes; who leaves gets nothing more', async () => {
      const { here, there } = world()
      const [alice, bob, carol] = await Promise.all([
        join('Alice', [here]),
        join('Bob', [there]),
        join('Carol', [here]),
      ])
      const chat = await alice.client.chats.create({
        type: 'group',
        name: 'Gruppe 七',
        encryption: 'managed',
        memberIds: [bob.userId, carol.userId],
      })
      for (const someone of [alice, bob, carol]) await say(someone, chat, someone.username)
      for (const someone of [alice, bob, carol]) {
        await hear(someone.devices[0], chat, carol.username)
      }
      await alice.client.chats.removeMember(chat.id, carol.userId)
      await say(bob, chat, 'not for Carol')
      await hear(alice.devices[0], chat, 'not for Carol')
      await expect(carol.client.chats.get(chat.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await carol.client.sync()
      const heard = carol.devices[0].recorder.messages(chat.id).map(({ content }) => content)
      expect(heard).toEqual([alice.username, bob.username, carol.username])
      await expectWhole([alice, bob], chat)
      await leave(alice, bob, carol)
    })

    it('only who may writes into a channel', async () => {
      const { here, there } = world()
      const [owner, reader] = await Promise.all([join('Owner', [here]), join('Reader', [there])])
      const chat = await owner.client.chats.create({
        type: 'channel',
        name: 'News',
        encryption: 'managed',
        memberIds: [reader.userId],
      })
      const refused = await reader.client.messages.send(chat.id, { content: 'me too' })
      await expect(refused.stored()).rejects.toMatchObject({ code: 'INSUFFICIENT_PERMISSIONS' })
      await say(owner, chat, 'extra, extra')
      await hear(reader.devices[0], chat, 'extra, extra')
      await expectWhole([owner, reader], chat)
      await leave(owner, reader)
    })
  })
}

async function meet({ here, there }: World): Promise<{ alice: Someone; bob: Someone; chat: Chat }> {
  const [alice, bob] = await Promise.all([join('Alice', [here]), join('Bob', [there])])
  return { alice, bob, chat: await alice.client.chats.openDirect(bob.userId, 'managed') }
}

async function say(who: { client: Client }, { id }: Chat, content: string) {
  return (await who.client.messages.send(id, { content })).stored()
}

async function hear({ recorder }: Device, { id }: Chat, content: string): Promise<Message> {
  const find = (): Message | undefined =>
    recorder.messages(id).find((message) => message.content === content)
  await recorder.until(`“${content}” is shown`, () => find() !== undefined)
  const found = find()
  if (found === undefined) throw new Error('it was there a moment ago')
  return found
}

const idOf = async ({ client }: Someone, { id }: Chat, seq: number): Promise<string> =>
  (await client.messages.history(id, { around: String(seq) })).messages.find(
    (message) => message.seq === seq,
  )?.id ?? ''

/** What happened to the messages. A message that sync brings with a later change is an entry, too. */
const kindsOf = (shown: readonly { entry?: { kind: string } }[]): string[] =>
  shown.flatMap(({ entry }) =>
    entry === undefined || ['member_added', 'message'].includes(entry.kind) ? [] : [entry.kind],
  )

/** Every device has the whole log once and in order, and its digest is that of the server. */
async function expectWhole(people: readonly Someone[], { id }: Chat): Promise<void> {
  for (const { client, devices } of people) {
    const chat = await client.chats.get(id)
    for (const { recorder } of devices) {
      await recorder.until('the head is shown', () => {
        return (recorder.shown(id).at(-1)?.seq ?? 0) >= (chat.head?.seq ?? 0)
      })
      expect(recorder.integrity).toEqual([])
      expect(recorder.verify(chat)).toMatchObject({
        missing: 0,
        duplicates: 0,
        orderErrors: 0,
        isProven: true,
      })
    }
  }
}

async function leave(...people: Someone[]): Promise<void> {
  for (const one of people) one.close()
  await Promise.resolve()
}

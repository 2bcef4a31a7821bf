import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type Chat,
  addReaction,
  createChat,
  deleteMessage,
  editMessage,
  getChatLog,
  getMessage,
  listEdits,
  listMessages,
  listReactions,
  removeReactions,
} from '@sup/types'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { hashContent } from '../chat-log/public.js'

describe('changing messages', () => {
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson
  let chat: Chat

  beforeAll(async () => {
    api = await startTestApi()
    alice = await api.person('Alice')
    bob = await api.person('Bob')
    chat = await directChat(alice, bob)
  })
  afterAll(() => api.stop())

  const lastEntry = async () => {
    const { entries } = await bob.call(getChatLog, {
      params: { id: chat.id },
      query: { limit: 500 },
    })
    return entries.at(-1)
  }

  it('edits an own message, keeps its history and logs it as an entry of its own', async () => {
    const { id, seq } = await say(alice, chat.id, 'teh')
    const edited = await alice.call(editMessage, { params: { id }, body: { content: 'the' } })

    expect(edited).toMatchObject({ content: 'the', seq, editCount: 1 })
    expect(edited.changedSeq).toBeGreaterThan(seq)
    expect(await bob.call(listEdits, { params: { id } })).toMatchObject([{ content: 'teh' }])
    const entry = await lastEntry()
    expect(entry).toMatchObject({ kind: 'message_edited', messageId: id, data: null })
    expect(entry?.salt).toBe(edited.salt)
    const hash = hashContent({
      kind: 'message_edited',
      messageId: id,
      senderId: alice.userId,
      type: 'text',
      content: 'the',
      encryptedContent: '',
      attachments: [],
      mentions: undefined,
      voice: undefined,
      forwardedFrom: undefined,
      replyToId: undefined,
      threadRootId: undefined,
      stickerId: undefined,
      salt: edited.salt ?? '',
    })
    expect(entry?.hash).toBe(hash.toString('hex'))
  })

  it('logs nothing for the same content again', async () => {
    const { id } = await say(alice, chat.id, 'same')
    const before = (await lastEntry())?.seq
    await alice.call(editMessage, { params: { id }, body: { content: 'same' } })
    expect((await lastEntry())?.seq).toBe(before)
  })

  it('lets nobody else edit: 403 for members, 404 for strangers, 410 once deleted', async () => {
    const { id } = await say(alice, chat.id, 'mine')
    const mallory = await api.person('Mallory')
    const body = { content: 'yours' }
    expect((await bob.ask(editMessage, { params: { id }, body })).status).toBe(403)
    expect((await mallory.ask(editMessage, { params: { id }, body })).status).toBe(404)
    await alice.call(deleteMessage, { params: { id } })
    expect((await alice.ask(editMessage, { params: { id }, body })).status).toBe(410)
  })

  it('erases a deleted message for everyone and leaves the tombstone', async () => {
    const { id, seq } = await say(alice, chat.id, 'secret')
    await alice.call(editMessage, { params: { id }, body: { content: 'secret 2' } })
    await bob.call(addReaction, { params: { id }, body: { emoji: '👍' } })
    await alice.call(deleteMessage, { params: { id } })
    const again = await alice.ask(deleteMessage, { params: { id } })

    expect(again.status).toBe(200)
    const tombstone = await bob.call(getMessage, { params: { id } })
    expect(tombstone).toMatchObject({ id, seq, encryptedContent: '', deletedBy: alice.userId })
    expect([tombstone.content, tombstone.salt, tombstone.reactions]).toEqual([
      undefined,
      undefined,
      [],
    ])
    expect(await bob.call(listEdits, { params: { id } })).toEqual([])
    const { entries } = await bob.call(getChatLog, {
      params: { id: chat.id },
      query: { limit: 500 },
    })
    const about = entries.filter((entry) => entry.messageId === id)
    expect(about.map(({ kind, salt }) => [kind, salt === null])).toEqual([
      ['message', true],
      ['message_edited', true],
      ['reaction_added', true],
      ['message_deleted', false],
    ])
    const rows = JSON.stringify(
      await api.deps.db.any(
        `SELECT content, encrypted_content FROM messages WHERE content LIKE 'secret%'`,
      ),
    )
    expect(rows).toBe('[]')
  })

  it('hides a message for oneself only: void in the own log, there for the other', async () => {
    const { id, seq } = await say(alice, chat.id, 'awkward')
    await bob.call(deleteMessage, { params: { id }, query: { scope: 'me' } })
    expect((await bob.ask(deleteMessage, { params: { id }, query: { scope: 'me' } })).status).toBe(
      200,
    )

    expect((await bob.ask(getMessage, { params: { id } })).status).toBe(404)
    expect((await alice.call(getMessage, { params: { id } })).content).toBe('awkward')
    const { entries } = await bob.call(getChatLog, {
      params: { id: chat.id },
      query: { limit: 500 },
    })
    const entry = entries.find((e) => e.seq === seq)
    expect(Object.keys(entry ?? {}).sort()).toEqual([
      'at',
      'chatId',
      'entryId',
      'hash',
      'kind',
      'seq',
    ])
    expect(entry?.kind).toBe('void')
  })

  it('lets moderators delete, members not', async () => {
    const group = await groupOf(alice, bob)
    const { id } = await say(alice, group.id, 'rules')
    const refused = await bob.ask(deleteMessage, { params: { id } })
    expect([refused.status, refused.body.error.details.permission]).toEqual([
      403,
      'message.delete_any',
    ])
    const { id: bobs } = await say(bob, group.id, 'spam')
    expect((await alice.ask(deleteMessage, { params: { id: bobs } })).status).toBe(200)
  })

  it('reacts once, counts and takes back', async () => {
    const { id } = await say(alice, chat.id, 'cake?')
    const first = await bob.ask(addReaction, { params: { id }, body: { emoji: '🎂' } })
    const again = await bob.ask(addReaction, { params: { id }, body: { emoji: '🎂' } })
    await alice.call(addReaction, { params: { id }, body: { emoji: '🎂' } })

    expect([first.status, again.status]).toEqual([201, 200])
    const { reactions } = await bob.call(getMessage, { params: { id } })
    expect(reactions).toEqual([{ emoji: '🎂', count: 2, userIds: [bob.userId, alice.userId] }])
    expect(await bob.call(listReactions, { params: { id } })).toHaveLength(2)
    expect(await bob.call(removeReactions, { params: { id } })).toEqual({ removed: 1 })
    expect(await bob.call(removeReactions, { params: { id } })).toEqual({ removed: 0 })
    expect((await lastEntry())?.message?.reactions).toMatchObject([{ count: 1 }])
  })

  it('takes only unreadable reactions in an e2ee chat', async () => {
    const e2ee = await alice.call(createChat, { body: { type: 'direct', memberIds: [bob.userId] } })
    const { id } = await say(alice, e2ee.id, '', { content: undefined, encryptedContent: 'aGk=' })
    const plain = await bob.ask(addReaction, { params: { id }, body: { emoji: '👍' } })
    const sealed = { emojiTag: 'ab'.repeat(32), encryptedEmoji: 'aGk=' }
    expect(plain.status).toBe(422)
    expect((await bob.ask(addReaction, { params: { id }, body: sealed })).status).toBe(201)
  })

  it('pages through history in every direction', async () => {
    const { id: chatId } = await groupOf(alice, bob)
    const sent = []
    for (let i = 0; i < 7; i++) sent.push(await say(alice, chatId, `m${i}`))
    const texts = async (query: object) =>
      (await bob.call(listMessages, { params: { chatId }, query: { limit: 3, ...query } })).map(
        ({ content }) => content,
      )

    expect(await texts({})).toEqual(['m4', 'm5', 'm6'])
    expect(await texts({ before: sent[4]?.id })).toEqual(['m1', 'm2', 'm3'])
    expect(await texts({ after: String(sent[1]?.seq) })).toEqual(['m2', 'm3', 'm4'])
    expect(await texts({ around: sent[3]?.id })).toEqual(['m2', 'm3', 'm4'])
    expect(await texts({ page: 2 })).toEqual(['m1', 'm2', 'm3'])
    expect(await texts({ date: sent[5]?.createdAt, limit: 1 })).toHaveLength(1)
    const { body } = await bob.ask(listMessages, { params: { chatId }, query: { limit: 3 } })
    expect(body.meta).toMatchObject({ hasMoreBefore: true, hasMoreAfter: false, limit: 3 })
    expect(await texts({ cursor: body.meta.prevCursor })).toEqual(['m1', 'm2', 'm3'])
    expect(
      (await bob.ask(listMessages, { params: { chatId }, query: { cursor: 'zz' } })).status,
    ).toBe(400)
  })

  it('say truly whether there is more on either side', async () => {
    const { id: chatId } = await groupOf(alice, bob)
    const sent = [await say(alice, chatId, 'a'), await say(alice, chatId, 'b')]
    const more = async (query: object): Promise<[boolean, boolean]> => {
      const { meta } = (await bob.ask(listMessages, { params: { chatId }, query })).body
      return [meta.hasMoreBefore, meta.hasMoreAfter]
    }
    const [first, last] = sent.map(({ seq }) => seq)
    expect(await more({ date: '2020-01-01T00:00:00Z', limit: 1 })).toEqual([false, true])
    expect(await more({ after: '1', limit: 1 })).toEqual([false, true])
    expect(await more({ after: String(first) })).toEqual([true, false])
    expect(await more({ before: '1' })).toEqual([false, true])
    expect(await more({ before: String(last) })).toEqual([false, true])
    expect(await more({ page: 2 })).toEqual([false, true])
    expect(await more({})).toEqual([false, false])
    for (const date of ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999-23:59']) {
      const asked = { params: { chatId }, query: { date } }
      expect((await bob.ask(listMessages, asked)).status).toBe(400)
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  countUnread,
  createChat,
  deleteChat,
  getChat,
  getChatLog,
  listChats,
  listMembers,
  listRoles,
  updateChat,
  updateUser,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('chats', () => {
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson
  let carol: TestPerson

  beforeAll(async () => {
    api = await startTestApi()
    alice = await api.person('Alice')
    bob = await api.person('Bob')
    carol = await api.person('Carol')
  })
  afterAll(() => api.stop())

  const block = (blocker: TestPerson, blocked: TestPerson) =>
    api.deps.db.none('INSERT INTO blocked_users (user_id, blocked_id) VALUES ($<a>, $<b>)', {
      a: blocker.userId,
      b: blocked.userId,
    })

  it('opens one direct chat per pair and encryption, whoever asks, also at once', async () => {
    const body = { type: 'direct' as const, memberIds: [bob.userId] }
    const answers = await Promise.all([
      alice.ask(createChat, { body }),
      alice.ask(createChat, { body }),
      bob.ask(createChat, { body: { ...body, memberIds: [alice.userId] } }),
    ])

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201])
    expect(new Set(answers.map(({ body: b }) => b.data.id)).size).toBe(1)
    const existing = answers.find(({ status }) => status === 200)
    expect(existing?.body.meta).toEqual({ existing: true })
    const chat = await alice.call(createChat, { body })
    expect(chat).toMatchObject({ encryption: 'e2ee', memberCount: 2, type: 'direct' })
    expect(chat.peer?.id).toBe(bob.userId)
    expect(chat.name).toBeUndefined()
    expect((await directChat(alice, bob)).id).not.toBe(chat.id)
  })

  it('makes a group with its first members in one transaction, logged in order', async () => {
    const group = await groupOf(alice, bob, carol)
    const { entries, baseDigest } = await carol.call(getChatLog, { params: { id: group.id } })

    expect(baseDigest).toBe('00'.repeat(32))
    expect(entries.map(({ kind, data }) => [kind, data?.['userId'], data?.['via']])).toEqual([
      ['member_added', alice.userId, 'create'],
      ['member_added', bob.userId, 'create'],
      ['member_added', carol.userId, 'create'],
    ])
    expect(group.head?.seq).toBe(3)
    const roles = await bob.call(listRoles, { params: { id: group.id } })
    expect(roles.map(({ name, memberCount }) => [name, memberCount])).toEqual([
      ['owner', 1],
      ['admin', 0],
      ['member', 2],
    ])
    const members = await bob.call(listMembers, { params: { id: group.id } })
    expect(members.map(({ roleName }) => roleName)).toEqual(['owner', 'member', 'member'])
  })

  it('adds nobody who does not want to be added', async () => {
    const dave = await api.person('Dave')
    await dave.call(updateUser, {
      params: { id: 'me' },
      body: { privacy: { groupInvites: 'nobody' } },
    })
    await block(carol, alice)
    const group = await groupOf(alice, bob, carol, dave)
    await api.deps.db.none('DELETE FROM blocked_users')

    expect(group.memberCount).toBe(2)
    expect(group).toMatchObject({
      notAdded: [
        { userId: carol.userId, reason: 'invite_required' },
        { userId: dave.userId, reason: 'invite_required' },
      ],
    })
  })

  it.each([
    ['a group without a name', 400, { type: 'group' }],
    ['a direct chat with nobody', 400, { type: 'direct', memberIds: [] }],
    ['a public direct chat', 422, { type: 'direct', isPublic: true }],
    ['an unknown person', 404, { type: 'group', name: 'x', memberIds: [randomUUID()] }],
    ['a foreign picture', 422, { type: 'group', name: 'x', avatarFileId: randomUUID() }],
  ])('refuses %s', async (_name, status, body) => {
    const withBob = body.type === 'direct' && !('memberIds' in body)
    const full = withBob ? { ...body, memberIds: [bob.userId] } : body
    expect((await alice.askWrong(createChat, full)).status).toBe(status)
  })

  it('refuses a direct chat with somebody the caller has blocked, and hides what the other says', async () => {
    const erin = await api.person('Erin')
    const chat = await directChat(alice, erin)
    await say(erin, chat.id, 'before')
    await block(alice, erin)

    const sent = await say(erin, chat.id, 'hidden')
    const own = await alice.ask(createChat, {
      body: { type: 'direct', memberIds: [erin.userId], encryption: 'managed' },
    })
    const log = await alice.call(getChatLog, { params: { id: chat.id } })

    expect(own.status).toBe(403)
    expect(log.entries.at(-1)).toMatchObject({ kind: 'void', seq: sent.seq })
    expect((await alice.call(getChat, { params: { id: chat.id } })).my?.unreadCount).toBe(1)
    expect((await erin.call(getChatLog, { params: { id: chat.id } })).entries.at(-1)?.kind).toBe(
      'message',
    )
    await api.deps.db.none('DELETE FROM blocked_users')
  })

  it('lists chats by activity and counts what is unread', async () => {
    const frank = await api.person('Frank')
    const first = await directChat(frank, alice)
    const second = await groupOf(frank, alice)
    await say(alice, first.id, 'one')
    await say(alice, first.id, 'two')

    const chats = await frank.call(listChats)
    expect(chats.map(({ id }) => id)).toEqual([first.id, second.id])
    expect(chats[0]).toMatchObject({ my: { unreadCount: 2, mentionCount: 0 } })
    expect(chats[0]?.lastMessage?.content).toBe('two')
    expect(await frank.call(countUnread)).toEqual({ chats: 1, messages: 2, mentions: 0 })
    const { body } = await frank.ask(listChats, { query: { limit: '1' } })
    expect(body.meta).toMatchObject({ total: 2, hasMore: true, nextCursor: 'o1' })
    expect((await frank.ask(listChats, { query: { limit: '101' } })).status).toBe(400)
  })

  it('changes name and settings for who may, and nothing that is fixed', async () => {
    const group = await groupOf(alice, bob)
    const params = { id: group.id }
    const changed = await alice.call(updateChat, {
      params,
      body: { name: 'Früh­sport', settings: { slowModeSeconds: 0, historyVisibility: 'full' } },
    })

    expect(changed).toMatchObject({ name: 'Früh­sport', settings: { historyVisibility: 'full' } })
    const { entries } = await bob.call(getChatLog, { params })
    expect(entries.at(-1)?.data).toEqual({
      changes: { name: 'Früh­sport', settings: { historyVisibility: 'full' } },
    })
    expect((await bob.ask(updateChat, { params, body: { name: 'x' } })).status).toBe(403)
    expect((await carol.ask(updateChat, { params, body: { name: 'x' } })).status).toBe(404)
    expect((await alice.ask(updateChat, { params, body: { encryption: 'e2ee' } })).status).toBe(422)
    const before = (await alice.call(getChat, { params })).head
    await alice.call(updateChat, { params, body: { name: 'Früh­sport' } })
    expect((await alice.call(getChat, { params })).head).toEqual(before)
  })

  it('hides, archives, leaves and deletes', async () => {
    const direct = await directChat(bob, carol)
    const message = await say(bob, direct.id, 'gone for me')
    await carol.call(deleteChat, { params: { id: direct.id } })
    expect((await carol.call(listChats)).some(({ id }) => id === direct.id)).toBe(false)
    await say(bob, direct.id, 'back')
    const back = (await carol.call(listChats)).find(({ id }) => id === direct.id)
    expect(back?.my?.base.seq).toBe(message.seq)

    const group = await groupOf(alice, bob)
    const params = { id: group.id }
    await bob.call(deleteChat, { params, query: { mode: 'archive' } })
    expect(await bob.call(listChats, { query: { archived: 'true' } })).toHaveLength(1)
    expect((await bob.ask(deleteChat, { params })).status).toBe(403)
    await alice.call(deleteChat, { params, query: { mode: 'leave' } })
    expect((await bob.call(getChat, { params })).my?.roleName).toBe('owner')
    await bob.call(deleteChat, { params })
    expect((await bob.ask(getChat, { params })).status).toBe(404)
    const rest = await api.deps.db.any(
      `SELECT 1 FROM chat_entries WHERE chat_id = $<id> AND data IS NOT NULL`,
      params,
    )
    expect(rest).toEqual([])
  })

  it('shows a public chat to everybody, but not what is said in it', async () => {
    const channel = await alice.call(createChat, {
      body: { type: 'channel', name: 'News', isPublic: true },
    })
    const seen = await bob.call(getChat, { params: { id: channel.id } })
    expect(channel.encryption).toBe('managed')
    expect([seen.my, seen.head, seen.lastMessage, seen.receipts]).toEqual([
      null,
      undefined,
      undefined,
      undefined,
    ])
    expect((await bob.ask(getChatLog, { params: { id: channel.id } })).status).toBe(404)
  })
})

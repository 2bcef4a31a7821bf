import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  addMembers,
  createChat,
  getChat,
  getChatLog,
  listMembers,
  listRevocations,
  listRoles,
  removeMember,
  updateMember,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('members', () => {
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

  const roleId = async (chatId: string, name: string): Promise<string> => {
    const roles = await alice.call(listRoles, { params: { id: chatId } })
    return roles.find((role) => role.name === name)?.id ?? ''
  }

  it('shows a new member nothing from before, and a digest that fits', async () => {
    const { id } = await groupOf(alice, bob)
    const before = await say(alice, id, 'before')
    const { status, body } = await bob.ask(addMembers, {
      params: { id },
      body: { userId: carol.userId },
    })

    expect(status).toBe(201)
    expect(body.data.added).toMatchObject([{ userId: carol.userId, addedBy: bob.userId }])
    const log = await carol.call(getChatLog, { params: { id } })
    expect(log.entries.map(({ kind }) => kind)).toEqual(['member_added'])
    expect(log.from).toBe(before.seq)
    const whole = await alice.call(getChatLog, { params: { id }, query: { after: before.seq } })
    expect(whole.baseDigest).toBe(log.baseDigest)
    const again = await bob.ask(addMembers, { params: { id }, body: { userId: carol.userId } })
    expect(again.status).toBe(200)
  })

  it('ends membership at once: nothing of the chat is left to see', async () => {
    const { id } = await groupOf(alice, bob, carol)
    await alice.call(removeMember, { params: { id, userId: carol.userId } })
    const { items } = await api.service.call(listRevocations)

    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'membership', userId: carol.userId, chatId: id }),
    )
    expect((await carol.ask(getChatLog, { params: { id } })).status).toBe(404)
    expect((await alice.call(getChat, { params: { id } })).memberCount).toBe(2)
    expect((await alice.ask(removeMember, { params: { id, userId: carol.userId } })).status).toBe(
      200,
    )
    const { entries } = await alice.call(getChatLog, { params: { id } })
    expect(entries.filter(({ kind }) => kind === 'member_removed')).toHaveLength(1)
  })

  it('keeps rank: members remove nobody, admins not the owner', async () => {
    const { id } = await groupOf(alice, bob, carol)
    const refused = await bob.ask(removeMember, { params: { id, userId: carol.userId } })
    expect([refused.status, refused.body.error.details.permission]).toEqual([403, 'member.remove'])

    const admin = await roleId(id, 'admin')
    await alice.call(updateMember, { params: { id, userId: bob.userId }, body: { roleId: admin } })
    expect((await bob.ask(removeMember, { params: { id, userId: alice.userId } })).status).toBe(403)
    expect((await bob.ask(removeMember, { params: { id, userId: carol.userId } })).status).toBe(200)
  })

  it('transfers ownership: there is always exactly one owner', async () => {
    const { id } = await groupOf(alice, bob)
    const owner = await roleId(id, 'owner')
    expect(
      (await bob.ask(updateMember, { params: { id, userId: bob.userId }, body: { roleId: owner } }))
        .status,
    ).toBe(403)
    await alice.call(updateMember, { params: { id, userId: bob.userId }, body: { roleId: owner } })

    const members = await alice.call(listMembers, { params: { id } })
    expect(members.map(({ userId, roleName }) => [userId, roleName])).toEqual([
      [bob.userId, 'owner'],
      [alice.userId, 'admin'],
    ])
  })

  it('refuses what cannot be', async () => {
    const { id } = await groupOf(alice, bob)
    const direct = await directChat(alice, bob)
    const mallory = await api.person('Mallory')
    const add = (person: TestPerson, chatId: string, body: object) =>
      person.askWrong(addMembers, body, { id: chatId }).then(({ status }) => status)

    expect(await add(alice, id, { userId: randomUUID() })).toBe(404)
    expect(await add(alice, id, {})).toBe(400)
    expect(await add(alice, direct.id, { userId: carol.userId })).toBe(422)
    expect(await add(mallory, id, { userId: mallory.userId })).toBe(404)
    expect((await alice.ask(removeMember, { params: { id, userId: randomUUID() } })).status).toBe(
      404,
    )
    expect((await mallory.ask(listMembers, { params: { id } })).status).toBe(404)
  })

  it('of a public chat are added by members only', async () => {
    const channel = await alice.call(createChat, {
      body: { type: 'channel', name: 'News', isPublic: true },
    })
    const { status, body } = await bob.ask(addMembers, {
      params: { id: channel.id },
      body: { userId: carol.userId },
    })
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN'])
  })
})

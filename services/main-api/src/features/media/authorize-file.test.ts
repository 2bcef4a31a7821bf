import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import {
  addMembers,
  authorizeMedia,
  deleteMessage,
  removeMember,
  sendMessage,
  updateChat,
  updateUser,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf } from '../../../test/chats.js'
import { relate } from '../../../test/database.js'
import { storeFile } from '../../../test/files.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const NOW = '2026-03-01T12:00:00.000Z'

describe('who may read a file', () => {
  let api: TestApi
  let alice: TestPerson
  let bob: TestPerson
  let carol: TestPerson
  const clock = testClock(NOW)

  beforeAll(async () => {
    api = await startTestApi({ clock })
    alice = await api.person('Alice')
    bob = await api.person('Bob')
    carol = await api.person('Carol')
  })
  afterAll(() => api.stop())

  const ask = (fileId: string, userId: string, action: 'read' | 'delete' = 'read') =>
    api.service.call(authorizeMedia, { body: { fileId, userId, action } })
  const mayRead = async (fileId: string, ...people: TestPerson[]): Promise<boolean[]> =>
    Promise.all(people.map(async ({ userId }) => (await ask(fileId, userId)).allowed))
  const post = async (chatId: string, sender = alice) => {
    const { id } = await storeFile(api.deps, sender)
    const message = await sender.call(sendMessage, { body: { chatId, attachments: [id] } })
    return { fileId: id, messageId: message.id }
  }

  it('its owner, who alone may delete it; nobody a file that is unknown or deleted', async () => {
    const { id } = await storeFile(api.deps, alice)
    const { id: deleted } = await storeFile(api.deps, alice, { isDeleted: true })
    expect(await ask(id, alice.userId)).toEqual({ allowed: true, maxAgeSeconds: 3600 })
    expect(await ask(id, bob.userId)).toEqual({ allowed: false, maxAgeSeconds: 0 })
    expect(await ask(id, alice.userId, 'delete')).toMatchObject({ allowed: true })
    expect(await ask(id, bob.userId, 'delete')).toMatchObject({ allowed: false })
    expect(await mayRead(deleted, alice)).toEqual([false])
    expect(await mayRead(randomUUID(), alice)).toEqual([false])
  })

  it('members of a chat with a message that carries it, and no stranger; none may delete it', async () => {
    const { fileId } = await post((await groupOf(alice, bob)).id)
    expect(await mayRead(fileId, bob, carol)).toEqual([true, false])
    expect(await ask(fileId, bob.userId, 'delete')).toMatchObject({ allowed: false })
  })

  it('not a member who joined later and sees no earlier message', async () => {
    const group = await groupOf(alice, bob)
    const before = await post(group.id)
    await alice.call(addMembers, { params: { id: group.id }, body: { userId: carol.userId } })
    const after = await post(group.id)
    expect(await mayRead(before.fileId, bob, carol)).toEqual([true, false])
    expect(await mayRead(after.fileId, bob, carol)).toEqual([true, true])
  })

  it('not a former member', async () => {
    const group = await groupOf(alice, bob, carol)
    const { fileId } = await post(group.id)
    await carol.call(removeMember, { params: { id: group.id, userId: 'me' } })
    expect(await mayRead(fileId, bob, carol)).toEqual([true, false])
  })

  it('not who deleted the message for themselves, and nobody once it is deleted for all', async () => {
    const group = await groupOf(alice, bob, carol)
    const { fileId, messageId } = await post(group.id)
    const { fileId: again, messageId: second } = await post(group.id)
    await carol.call(deleteMessage, { params: { id: messageId }, query: { scope: 'me' } })
    expect(await mayRead(fileId, bob, carol)).toEqual([true, false])
    await alice.call(deleteMessage, { params: { id: second } })
    expect(await mayRead(again, bob, alice)).toEqual([false, true])
  })

  it('not who has blocked the sender, of what came after', async () => {
    const [dora, emil] = [await api.person('Dora'), await api.person('Emil')]
    const chat = await directChat(dora, emil)
    const seen = await post(chat.id, dora)
    await relate(api.deps).block(emil.userId, dora.userId)
    const hidden = await post(chat.id, dora)
    expect(await mayRead(seen.fileId, emil)).toEqual([true])
    expect(await mayRead(hidden.fileId, emil)).toEqual([false])
  })

  it('whoever may see the picture of an account, by its privacy', async () => {
    const { id } = await storeFile(api.deps, alice)
    const change = (body: object) => alice.call(updateUser, { params: { id: 'me' }, body })
    await change({ avatarFileId: id })
    expect(await mayRead(id, bob, carol)).toEqual([true, true])
    await change({ privacy: { avatar: 'contacts' } })
    await relate(api.deps).contact(alice.userId, bob.userId)
    expect(await mayRead(id, bob, carol)).toEqual([true, false])
    await change({ privacy: { avatar: 'nobody' } })
    expect(await mayRead(id, bob, carol)).toEqual([false, false])
  })

  it('whoever may see the picture of a chat: its members, of a public one everybody', async () => {
    const group = await groupOf(alice, bob)
    const { id } = await storeFile(api.deps, alice)
    const change = (body: object) => alice.call(updateChat, { params: { id: group.id }, body })
    await change({ avatarFileId: id })
    expect(await mayRead(id, bob, carol)).toEqual([true, false])
    await change({ isPublic: true })
    expect(await mayRead(id, bob, carol)).toEqual([true, true])
  })

  it('everybody the stickers of a public pack', async () => {
    const add = async (isPublic: boolean): Promise<string> => {
      const { id } = await storeFile(api.deps, alice, { type: 'sticker' })
      const pack = randomUUID()
      await api.deps.db.none(
        `INSERT INTO sticker_packs (id, title, author, created_by, is_public) VALUES ($1, 'Boats', 'Alice', $2, $3)`,
        [pack, alice.userId, isPublic],
      )
      await api.deps.db.none(
        `INSERT INTO stickers (id, pack_id, file_id, emoji, position) VALUES ($1, $2, $3, '🚣', 0)`,
        [randomUUID(), pack, id],
      )
      return id
    }
    expect(await mayRead(await add(true), carol)).toEqual([true])
    expect(await mayRead(await add(false), carol)).toEqual([false])
  })

  it('the audience of a story, as long as it lives', async () => {
    const frank = await api.person('Frank')
    await relate(api.deps).contact(frank.userId, bob.userId)
    await directChat(frank, carol)
    const tell = async (privacy: string, userIds: string[] = []): Promise<string> => {
      const { id } = await storeFile(api.deps, frank)
      const list = userIds.length > 0 ? randomUUID() : null
      if (list !== null) {
        await api.deps.db.none(
          `INSERT INTO story_privacy_lists (id, user_id, name, mode, user_ids)
           VALUES ($1, $2, 'some', $3, $4::uuid[])`,
          [list, frank.userId, privacy === 'list' ? 'include' : 'exclude', userIds],
        )
      }
      await api.deps.db.none(
        `INSERT INTO stories (id, user_id, media_type, file_id, created_at, expires_at, privacy, privacy_list_id)
         VALUES ($1, $2, 'image', $3, $4, '2026-03-01T12:10:00.000Z', $5, $6)`,
        [randomUUID(), frank.userId, id, NOW, privacy, list],
      )
      return id
    }
    const forContacts = await tell('contacts')
    expect(await mayRead(forContacts, bob, carol, alice)).toEqual([true, false, false])
    expect(await mayRead(await tell('everyone'), bob, carol, alice)).toEqual([true, true, false])
    const [some, others] = [await tell('list', [alice.userId]), await tell('except', [bob.userId])]
    expect(await mayRead(some, bob, alice)).toEqual([false, true])
    expect(await mayRead(others, bob)).toEqual([false])
    expect(await ask(forContacts, bob.userId)).toEqual({ allowed: true, maxAgeSeconds: 600 })
    await relate(api.deps).block(frank.userId, bob.userId)
    expect(await mayRead(forContacts, bob)).toEqual([false])
    const gone = await tell('everyone')
    clock.advance(600_000)
    expect(await mayRead(gone, carol)).toEqual([false])
  })
})

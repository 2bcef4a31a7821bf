import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type Chat,
  deleteChat,
  deleteMessage,
  sendMessage,
  updateChat,
  updateUser,
} from '@sup/types'
import { directChat, groupOf } from '../../../test/chats.js'
import { erasedFiles, storeFile } from '../../../test/files.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('a file that nothing shows any more', () => {
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

  const send = (attachments: string[], chatId = chat.id) =>
    alice.call(sendMessage, { body: { chatId, attachments } })
  const remove = (id: string, person = alice) => person.call(deleteMessage, { params: { id } })

  it('is erased with its message, once, with its keys', async () => {
    const { id, key } = await storeFile(api.deps, alice, { thumbnailKey: 'thumbnails/a.jpg' })
    const message = await send([id])
    await remove(message.id)
    await remove(message.id)
    expect(await erasedFiles(api.deps, [id])).toEqual([
      { fileId: id, userId: alice.userId, s3Keys: [key, 'thumbnails/a.jpg'] },
    ])
    const [row] = await api.deps.db.any(
      'SELECT attachments FROM messages WHERE chat_id = $1 AND id = $2',
      [chat.id, message.id],
    )
    expect(row).toEqual({ attachments: null })
  })

  it('can no longer be attached', async () => {
    const { id } = await storeFile(api.deps, alice)
    await remove((await send([id])).id)
    const refused = await alice.ask(sendMessage, { body: { chatId: chat.id, attachments: [id] } })
    expect([refused.status, refused.body.error.details[0].path]).toEqual([422, 'attachments.0'])
  })

  it('stays as long as another message carries it', async () => {
    const { id } = await storeFile(api.deps, alice)
    const first = await send([id])
    const second = await send([id])
    await remove(first.id)
    expect(await erasedFiles(api.deps, [id])).toEqual([])
    await remove(second.id)
    expect(await erasedFiles(api.deps, [id])).toHaveLength(1)
  })

  it('stays with a message that is hidden for one person only', async () => {
    const { id } = await storeFile(api.deps, alice)
    const message = await send([id])
    await bob.call(deleteMessage, { params: { id: message.id }, query: { scope: 'me' } })
    expect(await erasedFiles(api.deps, [id])).toEqual([])
  })

  it('stays as a picture, and is erased when the picture is replaced', async () => {
    const { id } = await storeFile(api.deps, alice)
    const { id: next } = await storeFile(api.deps, alice)
    const user = await alice.call(updateUser, {
      params: { id: 'me' },
      body: { avatarFileId: id },
    })
    expect(user.avatarUrl).toBe(`/api/v1/media/download/${id}`)
    await remove((await send([id])).id)
    expect(await erasedFiles(api.deps, [id])).toEqual([])
    await alice.call(updateUser, { params: { id: 'me' }, body: { avatarFileId: next } })
    expect(await erasedFiles(api.deps, [id, next])).toMatchObject([{ fileId: id }])
  })

  it('goes with its chat: files of messages and the picture, but what others show stays', async () => {
    const group = await groupOf(alice, bob)
    const [own, shared, picture] = [
      await storeFile(api.deps, alice),
      await storeFile(api.deps, alice),
      await storeFile(api.deps, alice),
    ]
    const params = { id: group.id }
    const changed = await alice.call(updateChat, { params, body: { avatarFileId: picture.id } })
    expect(changed.avatarUrl).toBe(`/api/v1/media/download/${picture.id}`)
    await send([own.id, shared.id], group.id)
    await send([shared.id])
    await alice.call(deleteChat, { params })
    expect(await erasedFiles(api.deps, [own.id, shared.id, picture.id])).toMatchObject([
      { fileId: own.id },
      { fileId: picture.id },
    ])
  })

  it('is never both erased and attached, however the two race', async () => {
    const other = await groupOf(alice, bob)
    const rounds = Array.from({ length: 12 }, async () => {
      const { id } = await storeFile(api.deps, alice)
      const { id: messageId } = await send([id])
      const [, sent] = await Promise.all([
        remove(messageId),
        alice.ask(sendMessage, { body: { chatId: other.id, attachments: [id] } }),
      ])
      const erased = (await erasedFiles(api.deps, [id])).length > 0
      return [sent.status === 201, erased]
    })
    for (const [isAttached, isErased] of await Promise.all(rounds)) {
      expect(isAttached).toBe(!isErased)
    }
  })

  it('is an own plain image when it becomes a picture', async () => {
    const wrong = [
      await storeFile(api.deps, bob),
      await storeFile(api.deps, alice, { encrypted: true }),
      await storeFile(api.deps, alice, { type: 'video' }),
      await storeFile(api.deps, alice, { state: 'rejected' }),
    ]
    for (const { id } of wrong) {
      const asked = { params: { id: 'me' }, body: { avatarFileId: id } }
      const refused = await alice.ask(updateUser, asked)
      expect([refused.status, refused.body.error.details[0].path]).toEqual([422, 'avatarFileId'])
    }
    const cleared = await alice.call(updateUser, {
      params: { id: 'me' },
      body: { avatarFileId: null },
    })
    expect(cleared.avatarUrl).toBeUndefined()
  })
})

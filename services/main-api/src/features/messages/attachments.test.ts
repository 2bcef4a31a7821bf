import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type Chat,
  type Message,
  chatChannel,
  createChat,
  editMessage,
  getChat,
  getChatLog,
  getMessage,
  listChats,
  listMessages,
  readEntries,
  sendBatch,
  sendMessage,
  sync,
} from '@sup/types'
import { randomUUID } from 'node:crypto'
import { directChat, groupOf, say } from '../../../test/chats.js'
import { markDeleted, storeFile } from '../../../test/files.js'
import { recordHints } from '../../../test/hints.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { hashContent } from '../chat-log/public.js'

const PUBLIC = 'http://localhost:8080/api/v1/media'

describe('files in messages', () => {
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

  const send = (attachments: string[], more: object = {}) =>
    alice.ask(sendMessage, { body: { chatId: chat.id, type: 'image', attachments, ...more } })
  const idsOf = (message: Message | undefined) => message?.attachments.map(({ id }) => id)

  it('come as MediaFile with the answer and the publication', async () => {
    const { id } = await storeFile(api.deps, alice, { thumbnailKey: 'thumbnails/x.jpg' })
    const hints = await recordHints(api.deps, chatChannel(chat.id))
    const sent = (await send([id])).body.data as Message
    expect(sent.attachments).toEqual([
      {
        id,
        fileId: id,
        userId: alice.userId,
        type: 'image',
        mimeType: 'image/jpeg',
        sizeBytes: 1234,
        fileName: 'boat.jpg',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        encrypted: false,
        state: 'ready',
        width: 640,
        height: 480,
        url: `${PUBLIC}/download/${id}`,
        thumbnailUrl: `${PUBLIC}/thumbnail/${id}`,
        createdAt: expect.any(String),
      },
    ])
    const hint = await hints.find((one) => one['type'] === 'new-message')
    expect(hint).toMatchObject({ message: { id: sent.id, attachments: sent.attachments } })
    await hints.stop()
  })

  it('come with every page, list and log', async () => {
    const { id: fileId } = await storeFile(api.deps, alice)
    const sent = (await send([fileId])).body.data as Message
    const params = { id: sent.id }
    expect((await bob.call(getMessage, { params })).attachments).toEqual(sent.attachments)
    const page = await bob.call(listMessages, { params: { chatId: chat.id } })
    const [listed] = await bob.call(listChats)
    const round = await bob.call(sync)
    const log = await bob.call(getChatLog, { params: { id: chat.id }, query: { limit: 500 } })
    const everywhere = [
      page.at(-1),
      listed?.lastMessage,
      round.chats[0]?.entries.at(-1)?.message,
      log.entries.at(-1)?.message,
    ]
    const { attachments } = sent
    expect(everywhere).toMatchObject(everywhere.map(() => ({ attachments })))
    const service = await api.service.call(readEntries, {
      params: { chatId: chat.id },
      query: { after: sent.seq - 1 },
    })
    expect(service.entries[0]?.message?.attachments).toEqual(attachments)
  })

  it('are in the batch of a socket node, and not looked for in a send without', async () => {
    const { id } = await storeFile(api.deps, alice)
    const item = (attachments?: string[]) => ({
      userId: alice.userId,
      deviceId: alice.id,
      sessionId: alice.sessionId,
      message: { chatId: chat.id, content: 'look', ...(attachments ? { attachments } : {}) },
    })
    const { results } = await api.service.call(sendBatch, {
      body: { items: [item(), item([id]), item([randomUUID()])] },
    })
    expect(results.map((one) => (one.ok ? idsOf(one.message) : one.code))).toEqual([
      [],
      [id],
      'INVALID_INPUT',
    ])
  })

  it('are covered by the hash of the entry, also after an edit', async () => {
    const { id: one } = await storeFile(api.deps, alice)
    const { id: two } = await storeFile(api.deps, alice)
    const { id, salt = '', hash } = (await send([two, one])).body.data as Message
    const content = {
      messageId: id,
      senderId: alice.userId,
      type: 'image' as const,
      content: undefined,
      encryptedContent: '',
      attachments: [two, one],
      mentions: undefined,
      voice: undefined,
      forwardedFrom: undefined,
      replyToId: undefined,
      threadRootId: undefined,
      stickerId: undefined,
    }
    expect(hash).toBe(hashContent({ ...content, kind: 'message', salt }).toString('hex'))

    const edited = await alice.call(editMessage, { params: { id }, body: { content: 'caption' } })
    expect(idsOf(edited)).toEqual([two, one])
    const { entries } = await bob.call(getChatLog, {
      params: { id: chat.id },
      query: { limit: 500 },
    })
    const expected = hashContent({
      ...content,
      kind: 'message_edited',
      content: 'caption',
      salt: edited.salt ?? '',
    })
    expect(entries.at(-1)?.hash).toBe(expected.toString('hex'))
  })

  it('stay as rejected when they are deleted, and even when their row is gone', async () => {
    const { id: deleted } = await storeFile(api.deps, alice, { thumbnailKey: 'thumbnails/y.jpg' })
    const { id: lost } = await storeFile(api.deps, alice)
    const { id } = (await send([deleted, lost])).body.data as Message
    await markDeleted(api.deps, deleted)
    await api.deps.db.none('DELETE FROM media_files WHERE id = $1', [lost])

    const { attachments } = await bob.call(getMessage, { params: { id } })
    expect(attachments).toMatchObject([
      { id: deleted, state: 'rejected', rejectReason: 'deleted' },
      { id: lost, userId: alice.userId, state: 'rejected', rejectReason: 'deleted' },
    ])
    expect(attachments[0]).not.toHaveProperty('thumbnailUrl')
  })

  it('are refused with their place when they are not the sender’s, not usable or of the other kind', async () => {
    const { id: good } = await storeFile(api.deps, alice, { state: 'uploaded' })
    const wrong = [
      await storeFile(api.deps, bob),
      await storeFile(api.deps, alice, { state: 'rejected', rejectReason: 'type' }),
      await storeFile(api.deps, alice, { state: 'pending' }),
      await storeFile(api.deps, alice, { encrypted: true }),
      await storeFile(api.deps, alice, { isDeleted: true }),
      { id: randomUUID() },
    ]
    for (const { id } of wrong) {
      const { status, body } = await send([good, id])
      expect([status, body.error.code]).toEqual([422, 'INVALID_INPUT'])
      expect(body.error.details).toMatchObject([{ path: 'attachments.1' }])
    }
    expect((await send([good])).status).toBe(201)
  })

  it('are encrypted in an e2ee chat and only there', async () => {
    const e2ee = await alice.call(createChat, {
      body: { type: 'direct', memberIds: [bob.userId], encryption: 'e2ee' },
    })
    const { id: open } = await storeFile(api.deps, alice)
    const { id: sealed } = await storeFile(api.deps, alice, { encrypted: true })
    const body = { chatId: e2ee.id, encryptedContent: 'b3BhcXVl', type: 'file' as const }
    const refused = await alice.ask(sendMessage, { body: { ...body, attachments: [open] } })
    expect(refused.body.error.details).toMatchObject([{ path: 'attachments.0' }])
    const sent = await alice.call(sendMessage, { body: { ...body, attachments: [sealed] } })
    expect(sent.attachments).toMatchObject([{ id: sealed, encrypted: true }])
  })

  it('are answered again on a replay, and another list is a conflict', async () => {
    const { id } = await storeFile(api.deps, alice)
    const clientMessageId = randomUUID()
    const first = await send([id], { clientMessageId })
    const again = await send([id], { clientMessageId })
    expect([again.status, again.body.data.attachments]).toEqual([200, first.body.data.attachments])
    expect((await send([id, id], { clientMessageId })).status).toBe(409)
  })

  it('need message.send_media, which members of groups have', async () => {
    const group = await groupOf(bob, alice)
    const { id } = await storeFile(api.deps, alice)
    const body = { chatId: group.id, attachments: [id] }
    const { my } = await alice.call(getChat, { params: { id: group.id } })
    expect(my?.permissions).toContain('message.send_media')
    await api.deps.db.none(
      `UPDATE chat_roles SET permissions = array_remove(permissions, 'message.send_media')
        WHERE chat_id = $1 AND name = 'member'`,
      [group.id],
    )
    const refused = await alice.ask(sendMessage, { body })
    expect([refused.status, refused.body.error.details]).toEqual([
      403,
      { permission: 'message.send_media' },
    ])
    await say(alice, group.id, 'words are allowed')
  })

  it('take `voice` in voice messages only', async () => {
    const { id } = await storeFile(api.deps, alice, { type: 'voice' })
    const voice = { durationMs: 1200, waveform: [0, 255, 7] }
    const refused = await send([id], { voice })
    expect(refused.body.error.details).toMatchObject([{ path: 'voice' }])
    const sent = await send([id], { voice, type: 'voice' })
    expect(sent.body.data).toMatchObject({ type: 'voice', voice, attachments: [{ id }] })
  })
})

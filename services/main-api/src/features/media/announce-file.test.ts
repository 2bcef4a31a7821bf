import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { publishMediaState, sendMessage, userChannel } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { groupOf } from '../../../test/chats.js'
import { markDeleted, storeFile } from '../../../test/files.js'
import { recordHints } from '../../../test/hints.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

describe('the state of a file', () => {
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

  const record = ({ userId }: TestPerson) => recordHints(api.deps, userChannel(userId))
  const isAbout = (fileId: string) => (hint: Record<string, unknown>) =>
    (hint['change'] as { fileId?: string } | undefined)?.fileId === fileId

  it('is told to the owner’s devices and to the members who see it, as it stands in the database', async () => {
    const { id } = await storeFile(api.deps, alice, { thumbnailKey: 'thumbnails/z.jpg' })
    const group = await groupOf(alice, bob)
    await alice.call(sendMessage, { body: { chatId: group.id, attachments: [id] } })
    const [own, member, stranger] = [await record(alice), await record(bob), await record(carol)]
    await api.service.call(publishMediaState, {
      params: { fileId: id },
      body: { state: 'processing' },
    })
    const change = {
      type: 'media',
      at: expect.any(String),
      fileId: id,
      state: 'ready',
      thumbnailUrl: `http://localhost:8080/api/v1/media/thumbnail/${id}`,
    }
    expect(await own.find(isAbout(id))).toEqual({ type: 'account', change })
    expect(await member.find(isAbout(id))).toEqual({ type: 'account', change })
    expect(stranger.seen).toEqual([])
    await Promise.all([own.stop(), member.stop(), stranger.stop()])
  })

  it('is rejected with its reason, and so is that of a deleted file', async () => {
    const { id: bad } = await storeFile(api.deps, alice, {
      state: 'rejected',
      rejectReason: 'too many pixels',
    })
    const { id: deleted } = await storeFile(api.deps, alice)
    await markDeleted(api.deps, deleted)
    const own = await record(alice)
    for (const fileId of [bad, deleted]) {
      await api.service.call(publishMediaState, { params: { fileId }, body: { state: 'rejected' } })
    }
    expect(await own.find(isAbout(bad))).toMatchObject({
      change: { state: 'rejected', rejectReason: 'too many pixels' },
    })
    expect(await own.find(isAbout(deleted))).toMatchObject({
      change: { state: 'rejected', rejectReason: 'deleted' },
    })
    await own.stop()
  })

  it('is that of a known file, and said by services only', async () => {
    const asked = { params: { fileId: randomUUID() }, body: { state: 'ready' as const } }
    expect((await api.service.ask(publishMediaState, asked)).status).toBe(404)
    expect((await api.open.ask(publishMediaState, asked)).status).toBe(404)
    expect((await alice.ask(publishMediaState, asked)).status).toBe(404)
  })
})

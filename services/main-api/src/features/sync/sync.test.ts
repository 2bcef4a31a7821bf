import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type LogEntry,
  type SyncPage,
  deleteMessage,
  editMessage,
  getChat,
  listHeads,
  markChatRead,
  readEntries,
  removeMember,
  sync,
  syncChats,
} from '@sup/types'
import { directChat, groupOf, say } from '../../../test/chats.js'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { foldDigest } from '../chat-log/public.js'

describe('sync', () => {
  let api: TestApi
  let alice: TestPerson

  beforeAll(async () => {
    api = await startTestApi()
    alice = await api.person('Alice')
  })
  afterAll(() => api.stop())

  /** Pages until there is no more. */
  const round = async (person: TestPerson, cursor?: string, query: object = {}) => {
    const pages: SyncPage[] = []
    let next = cursor
    do {
      const page = await person.call(sync, {
        query: { ...(next ? { cursor: next } : {}), ...query },
      })
      pages.push(page)
      next = page.cursor
      if (!page.hasMore) break
    } while (pages.length < 50)
    return { pages, cursor: next ?? '', chats: pages.flatMap((page) => page.chats) }
  }

  const fold = (baseDigest: string, entries: readonly LogEntry[]): string => {
    let digest: Buffer = Buffer.from(baseDigest, 'hex')
    for (const { entryId, hash } of entries) {
      digest = foldDigest(digest, entryId, Buffer.from(hash, 'hex'))
    }
    return digest.toString('hex')
  }

  it('starts with the newest entries of each chat, and the digest proves them', async () => {
    const bob = await api.person('Bob')
    const { id } = await groupOf(alice, bob)
    for (let i = 0; i < 5; i++) await say(alice, id, `m${i}`)

    const { pages, chats } = await round(bob, undefined, { window: '3' })

    expect(pages[0]?.reset).toBe(true)
    expect(chats[0]).toMatchObject({ from: 4, to: 7, more: false })
    expect(chats[0]?.entries.map((e) => e.message?.content)).toEqual(['m2', 'm3', 'm4'])
    expect(fold(chats[0]?.baseDigest ?? '', chats[0]?.entries ?? [])).toBe(
      chats[0]?.chat.head?.digest,
    )
  })

  it('gives everything missed: new, edited and deleted messages, members, marks and account changes', async () => {
    const bob = await api.person('Bob')
    const carol = await api.person('Carol')
    const { id } = await groupOf(alice, bob)
    const early = await say(alice, id, 'draft')
    const { cursor } = await round(bob)

    await alice.call(editMessage, { params: { id: early.id }, body: { content: 'final' } })
    const doomed = await say(alice, id, 'oops')
    await alice.call(deleteMessage, { params: { id: doomed.id } })
    await bob.call(markChatRead, { params: { id }, body: { seq: early.seq } })
    await alice.call(markChatRead, { params: { id }, body: {} })
    const other = await directChat(carol, bob)

    const caught = await round(bob, cursor)
    const page = caught.chats.find(({ chat: { id: of } }) => of === id)!
    const { chat, baseDigest } = page
    // A transaction that is open anywhere on the server makes a round repeat what came before.
    const entries = page.entries.filter(({ seq }) => seq > early.seq)
    expect(entries.map(({ kind }) => kind)).toEqual([
      'message_edited',
      'message',
      'message_deleted',
    ])
    expect(entries.map(({ message }) => [message?.content, message?.deletedBy])).toEqual([
      ['final', undefined],
      [undefined, undefined],
      [undefined, alice.userId],
    ])
    expect(fold(baseDigest, page.entries)).toBe(chat.head?.digest)
    const account = caught.pages.flatMap((page) => page.account)
    expect(account.map(({ type }) => type)).toContain('chat_added')
    expect(caught.chats.map((one) => one.chat.id)).toContain(other.id)
    expect(caught.pages.flatMap((page) => page.receipts)).toContainEqual(
      expect.objectContaining({ chatId: id, userId: alice.userId }),
    )
  })

  it('skips nothing that commits late', async () => {
    const bob = await api.person('Bob')
    const { id: slow } = await groupOf(alice, bob)
    let cursor = ''
    await api.deps.db.tx('late', async (tx) => {
      // This transaction takes its id now and commits after the round below has read its horizon.
      await tx.one('SELECT pg_current_xact_id()')
      cursor = (await round(bob)).cursor
      await tx.none(
        `UPDATE chats SET description = 'late', log_xid = pg_current_xact_id() WHERE id = $<slow>`,
        { slow },
      )
    })
    const caught = await round(bob, cursor)
    expect(caught.chats.map(({ chat }) => chat.id)).toContain(slow)
  })

  it('leads through long rounds in pages and gives every entry', async () => {
    const bob = await api.person('Bob')
    const chats = await Promise.all([groupOf(alice, bob), groupOf(alice, bob), groupOf(alice, bob)])
    const { cursor } = await round(bob)
    for (let i = 0; i < 7; i++) for (const { id } of chats) await say(alice, id, `m${i}`)

    const caught = await round(bob, cursor, { limit: '4' })

    expect(caught.pages.length).toBeGreaterThan(4)
    for (const { id } of chats) {
      const entries = caught.chats
        .filter(({ chat }) => chat.id === id)
        .flatMap((page) => page.entries)
      const texts = entries.filter(({ kind }) => kind === 'message').map((e) => e.message?.content)
      expect(texts).toEqual(Array.from({ length: 7 }, (_unused, i) => `m${i}`))
    }
    const window = await round(bob, cursor, { window: '2' })
    expect(window.chats[0]).toMatchObject({ skippedTo: window.chats[0]?.from })
    expect(window.chats[0]?.entries).toHaveLength(2)
  })

  it('tells who was removed, and shows them nothing else', async () => {
    const bob = await api.person('Bob')
    const { id } = await groupOf(alice, bob)
    const { cursor } = await round(bob)
    const since = api.deps.clock.now().toISOString()
    await say(alice, id, 'about bob')
    await alice.call(removeMember, { params: { id, userId: bob.userId } })

    const caught = await round(bob, cursor)
    expect(caught.chats).toEqual([])
    // An open transaction of another test holds the cursor back: what bob knows already may come again.
    const news = caught.pages.flatMap((page) => page.account).filter(({ at }) => at >= since)
    expect(news).toMatchObject([{ type: 'chat_removed', chatId: id, reason: 'removed' }])
  })

  it('starts anew after a restore', async () => {
    const bob = await api.person('Bob')
    await directChat(alice, bob)
    const { cursor, pages } = await round(bob)
    await api.deps.db.none('UPDATE server_state SET log_epoch = gen_random_uuid()')
    const after = await round(bob, cursor)
    expect(after.pages[0]?.reset).toBe(true)
    expect(after.pages[0]?.epoch).not.toBe(pages[0]?.epoch)
  })

  it('repairs named chats, and names those that are not the caller’s', async () => {
    const bob = await api.person('Bob')
    const { id } = await directChat(alice, bob)
    const message = await say(alice, id, 'gap')
    const foreign = await directChat(alice, await api.person('Carol'))
    const page = await bob.call(syncChats, {
      body: {
        chats: [
          { chatId: id, after: message.seq - 1 },
          { chatId: foreign.id, after: 0 },
        ],
      },
    })

    expect(page.unknown).toEqual([foreign.id])
    expect(page.chats[0]?.entries.map(({ seq }) => seq)).toEqual([message.seq])
    expect(page.cursor).toBeUndefined()
    const { heads } = await bob.call(listHeads)
    const { head } = await bob.call(getChat, { params: { id } })
    expect(heads).toEqual([{ chatId: id, ...head }])
  })

  it('hands services every entry, with those it is hidden from', async () => {
    const bob = await api.person('Bob')
    const { id } = await directChat(alice, bob)
    await api.deps.db.none('INSERT INTO blocked_users (user_id, blocked_id) VALUES ($<a>, $<b>)', {
      a: bob.userId,
      b: alice.userId,
    })
    const { seq } = await say(alice, id, 'into the void')
    const log = await api.service.call(readEntries, {
      params: { chatId: id },
      query: { after: seq - 1 },
    })
    expect(log.entries).toMatchObject([
      { seq, kind: 'message', hiddenFor: [bob.userId], message: { content: 'into the void' } },
    ])
  })

  it.each(['zz', 'e30', Buffer.from('{"e":"x"}').toString('base64url')])(
    'answers 400 for the cursor %s',
    async (cursor) => {
      const { status, body } = await alice.ask(sync, { query: { cursor } })
      expect([status, body.error.details[0].path]).toEqual([400, 'cursor'])
    },
  )
})

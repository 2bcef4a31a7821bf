import { describe, expect, it } from '@jest/globals'
import { LogEntry, Message } from '../src/index.js'
import { fold, hashOfContent, hashOfEntry } from './digest.js'
import { listGolden, readGolden } from './docs/golden.js'

const ZERO = '00'.repeat(32)
const CHAT = '01890000-0000-7000-8000-0000000000c1'
const ALICE = '01890000-0000-7000-8000-00000000000a'
const AT = '2025-01-31T10:30:00.000Z'

describe('the vectors of wire-contract 5.2', () => {
  const first = LogEntry.parse({
    chatId: CHAT,
    seq: 1,
    kind: 'member_added',
    entryId: '01890000-0000-7000-8000-0000000000e1',
    at: AT,
    actorId: ALICE,
    data: { userId: ALICE, via: 'create', roleId: '01890000-0000-7000-8000-0000000000f1' },
    salt: 'EBESExQVFhcYGRobHB0eHw==',
    hash: '2ebb41c78f1496bf36ec446265c938315e8e0c7c0c0a03a83cea8a9003e3c2b2',
  })
  const second = Message.parse({
    id: '01890000-0000-7000-8000-0000000000b2',
    chatId: CHAT,
    senderId: ALICE,
    encryptedContent: '',
    content: 'Hi ✓',
    type: 'text',
    createdAt: AT,
    seq: 2,
    changedSeq: 2,
    clientMessageId: '01890000-0000-7000-8000-0000000000c2',
    attachments: [],
    reactions: [],
    pinned: false,
    salt: 'AAECAwQFBgcICQoLDA0ODw==',
    hash: '1e025bfb99c0d597350c7a70785dff70231daf492d8c5cff3b2d5b615f294564',
  })

  it('hash the entry and the message', () => {
    expect(hashOfEntry(first)).toBe(first.hash)
    expect(hashOfContent('message', second, second.salt ?? '')).toBe(second.hash)
  })

  it('fold into the digest', () => {
    const one = fold(ZERO, first)
    expect(one).toBe('da1cb063761520162f9bd3c2f2dfcb09de743a1b751ea5ad0d393f25b1b69fe7')
    const two = fold(one, { entryId: second.id, hash: second.hash })
    expect(two).toBe('78c7193b1c63121dbcb07f89fc8c93edbce5d180cb1715c0c0558ae29a7502c8')
  })
})

describe('the golden examples', () => {
  it('carry the hash that belongs to the message as it was sent', () => {
    const checked = everyObject().flatMap((value) => {
      const message = Message.safeParse(value)
      if (!message.success) return []
      const { salt, editedAt, deletedAt, hash } = message.data
      if (salt === undefined || editedAt !== undefined || deletedAt !== undefined) return []
      expect(hashOfContent('message', message.data, salt)).toBe(hash)
      return [hash]
    })
    expect(new Set(checked).size).toBeGreaterThan(3)
  })

  it('carry the hash that belongs to each entry', () => {
    const kinds = everyObject().flatMap((value) => {
      const entry = LogEntry.safeParse(value)
      if (!entry.success) return []
      const { kind, message, salt, hash } = entry.data
      if (salt === undefined || salt === null) return []
      if (kind !== 'message' && kind !== 'message_edited') {
        expect(hashOfEntry(entry.data)).toBe(hash)
      } else if (message?.salt === salt) {
        expect(hashOfContent(kind, message, salt)).toBe(hash)
      }
      return [kind]
    })
    expect([...new Set(kinds)].sort()).toEqual([
      'member_added',
      'message',
      'message_edited',
      'reaction_added',
    ])
  })

  it('fold from the base to the head', () => {
    const log = readGolden('endpoints', 'getChatLog')
    const chat = readGolden('endpoints', 'getChat')['group']?.response.data
    const pages = Object.values(log).map(({ response }) => response.data) as {
      baseDigest: string
      entries: LogEntry[]
    }[]
    expect(pages.length).toBeGreaterThan(1)
    for (const { baseDigest, entries } of pages) {
      const digest = entries.reduce((before, entry) => fold(before, entry), baseDigest)
      expect(chat).toMatchObject({ head: { digest } })
    }
  })
})

/** Every object in every golden file, at any depth. */
function everyObject(): object[] {
  const kinds = ['endpoints', 'events', 'client-events'] as const
  return kinds.flatMap((kind) => listGolden(kind).flatMap((name) => walk(readGolden(kind, name))))
}

function walk(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(walk)]
}

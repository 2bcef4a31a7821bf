import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { ZERO_DIGEST, canonical, foldDigest, hashEntry, hashMessage } from './digest.js'
import { createSha256, sha256 } from './sha256.js'
import { aMessage } from '../../test/examples.js'

const alice = '01890000-0000-7000-8000-00000000000a'
const chatId = '01890000-0000-7000-8000-0000000000c1'
const at = '2025-01-31T10:30:00.000Z'

const memberAdded = {
  chatId,
  seq: 1,
  kind: 'member_added' as const,
  entryId: '01890000-0000-7000-8000-0000000000e1',
  at,
  actorId: alice,
  data: { via: 'create', userId: alice, roleId: '01890000-0000-7000-8000-0000000000f1' },
  salt: 'EBESExQVFhcYGRobHB0eHw==',
  hash: '2ebb41c78f1496bf36ec446265c938315e8e0c7c0c0a03a83cea8a9003e3c2b2',
}
const hi = aMessage({
  id: '01890000-0000-7000-8000-0000000000b2',
  chatId,
  senderId: alice,
  seq: 2,
  content: 'Hi ✓',
  salt: 'AAECAwQFBgcICQoLDA0ODw==',
  hash: '1e025bfb99c0d597350c7a70785dff70231daf492d8c5cff3b2d5b615f294564',
})

describe('sha256', () => {
  it('agrees with node:crypto for every length around the block borders', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = randomBytes(length)
      expect(Buffer.from(sha256(bytes)).toString('hex')).toBe(
        createHash('sha256').update(bytes).digest('hex'),
      )
    }
  })
})

describe('createSha256', () => {
  it('does not mind in which pieces the bytes come', () => {
    const bytes = randomBytes(1000)
    for (const size of [1, 63, 64, 65, 200, 1000]) {
      const hash = createSha256()
      for (let at = 0; at < bytes.length; at += size) hash.update(bytes.subarray(at, at + size))
      expect(Buffer.from(hash.digest())).toEqual(createHash('sha256').update(bytes).digest())
    }
  })
})

describe('canonical', () => {
  it('orders keys by code unit at every level and leaves absent members out', () => {
    expect(canonical({ b: [{ z: 1, a: null }], a: undefined, B: '\u00e9"', '\ud83d': 0 })).toBe(
      '{"B":"é\\"","b":[{"a":null,"z":1}],"\\ud83d":0}',
    )
  })
})

describe('the digest of wire-contract 5.2', () => {
  it('gives the hashes of the vectors', () => {
    expect(hashEntry(memberAdded)).toBe(memberAdded.hash)
    expect(hashMessage(hi)).toBe(hi.hash)
    const { salt = null } = hi
    const entry = { chatId, seq: 2, kind: 'message' as const, entryId: hi.id, at, salt }
    expect(hashEntry({ ...entry, message: hi, hash: hi.hash })).toBe(hi.hash)
  })

  it('gives the digests of the vectors', () => {
    const first = foldDigest(ZERO_DIGEST, memberAdded.entryId, memberAdded.hash)
    expect(first).toBe('da1cb063761520162f9bd3c2f2dfcb09de743a1b751ea5ad0d393f25b1b69fe7')
    expect(foldDigest(first, hi.id, hi.hash)).toBe(
      '78c7193b1c63121dbcb07f89fc8c93edbce5d180cb1715c0c0558ae29a7502c8',
    )
  })

  it('notices a changed word', () => {
    expect(hashMessage({ ...hi, content: 'Hi' })).not.toBe(hi.hash)
  })

  it('takes as given what it cannot know: edited, deleted, erased, void', () => {
    expect(hashMessage({ ...hi, editedAt: at })).toBeUndefined()
    expect(hashMessage({ ...hi, deletedAt: at })).toBeUndefined()
    expect(hashEntry({ ...memberAdded, data: null, salt: null })).toBeUndefined()
    const entry = { chatId, seq: 2, kind: 'message' as const, entryId: hi.id, at, hash: hi.hash }
    expect(hashEntry({ ...entry, salt: 'EBESExQVFhcYGRobHB0eHw==', message: hi })).toBeUndefined()
    expect(hashEntry({ ...entry, kind: 'void' })).toBeUndefined()
  })
})

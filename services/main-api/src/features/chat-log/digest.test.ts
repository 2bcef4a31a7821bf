import { describe, expect, it } from '@jest/globals'
import { canonical, foldDigest, hashChange, hashContent } from './digest.js'

const ALICE = '01890000-0000-7000-8000-00000000000a'

describe('the digest of the chat log', () => {
  const first = hashChange({
    kind: 'member_added',
    actorId: ALICE,
    messageId: undefined,
    data: { via: 'create', userId: ALICE, roleId: '01890000-0000-7000-8000-0000000000f1' },
    salt: 'EBESExQVFhcYGRobHB0eHw==',
  })
  const second = hashContent({
    kind: 'message',
    messageId: '01890000-0000-7000-8000-0000000000b2',
    senderId: ALICE,
    type: 'text',
    content: 'Hi ✓',
    encryptedContent: '',
    attachments: [],
    mentions: [],
    voice: undefined,
    forwardedFrom: undefined,
    replyToId: undefined,
    threadRootId: undefined,
    stickerId: undefined,
    salt: 'AAECAwQFBgcICQoLDA0ODw==',
  })

  it('hashes entries as the vectors of the wire contract say', () => {
    expect(first.toString('hex')).toBe(
      '2ebb41c78f1496bf36ec446265c938315e8e0c7c0c0a03a83cea8a9003e3c2b2',
    )
    expect(second.toString('hex')).toBe(
      '1e025bfb99c0d597350c7a70785dff70231daf492d8c5cff3b2d5b615f294564',
    )
  })

  it('folds them into the digests of the wire contract', () => {
    const one = foldDigest(Buffer.alloc(32), '01890000-0000-7000-8000-0000000000e1', first)
    const two = foldDigest(one, '01890000-0000-7000-8000-0000000000b2', second)
    expect(one.toString('hex')).toBe(
      'da1cb063761520162f9bd3c2f2dfcb09de743a1b751ea5ad0d393f25b1b69fe7',
    )
    expect(two.toString('hex')).toBe(
      '78c7193b1c63121dbcb07f89fc8c93edbce5d180cb1715c0c0558ae29a7502c8',
    )
  })

  it('writes canonical JSON: keys sorted, absent members left out, null and "" kept', () => {
    expect(canonical({ b: [1, { d: null, c: '' }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[1,{"c":"","d":null}]}',
    )
  })
})

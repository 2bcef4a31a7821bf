import { describe, expect, it } from '@jest/globals'
import {
  ChatHint,
  ReactionInput,
  SendMessage,
  addMembers,
  deliveredEvent,
  getPresence,
  listMessages,
  logIn,
  readEvent,
  register,
  sessionRevoked,
  syncEvent,
} from '../src/index.js'
import { collectDefinitions } from './docs/definitions.js'
import { readGolden } from './docs/golden.js'

const ID = '019aa03c-5d1e-7c42-9a3f-6b0f5c2e71d4'
const { endpoints } = await collectDefinitions()

describe('what the server accepts', () => {
  const withBody = endpoints.flatMap(({ name, spec }) => {
    const body = Object.values(readGolden('endpoints', name))[0]?.request.body
    return body === undefined ? [] : [[name, spec, body] as const]
  })
  const native = withBody.filter(([, spec]) => spec.path.startsWith('/api/v1/'))
  const internal = withBody.filter(([, spec]) => spec.path.startsWith('/internal/v1/'))

  it.each(native)('%s ignores unknown members and does not keep them', (_, spec, body) => {
    const parsed = spec.body.parse({ ...body, unexpected: 1 })
    expect(parsed).not.toHaveProperty('unexpected')
  })

  it.each(internal)('%s refuses unknown members, because a typo is an error', (_, spec, body) => {
    expect(spec.body.safeParse(body).success).toBe(true)
    expect(spec.body.safeParse({ ...body, unexpected: 1 }).success).toBe(false)
  })

  it.each(endpoints.map(({ name, spec }) => [name, spec] as const))(
    '%s never throws, whatever comes',
    (_, spec) => {
      for (const value of [
        null,
        undefined,
        7,
        'x',
        [],
        [[]],
        { toString: 1 },
        { __proto__: null },
      ]) {
        for (const schema of [spec.params, spec.query, spec.body]) {
          expect(() => schema?.safeParse(value)).not.toThrow()
        }
      }
    },
  )
})

describe('logIn', () => {
  const takes = (body: object): boolean => logIn.body.safeParse({ password: 'x', ...body }).success

  it('wants exactly one way to name the account', () => {
    for (const name of ['identifier', 'username', 'email', 'phone']) {
      expect(takes({ [name]: 'alice' })).toBe(true)
    }
    expect(takes({})).toBe(false)
    expect(takes({ username: 'alice', email: 'alice@example.org' })).toBe(false)
  })

  it('takes passwords that could never be set, so that they are only wrong', () => {
    expect(takes({ username: 'a' })).toBe(true)
    expect(logIn.body.safeParse({ username: 'a', password: 'x'.repeat(1025) }).success).toBe(false)
  })
})

describe('register', () => {
  it('wants a password of 8 to 128 and a real address', () => {
    const takes = (body: object): boolean =>
      register.body.safeParse({ username: 'alice', password: 'long enough', ...body }).success
    expect(takes({})).toBe(true)
    expect(takes({ password: 'short' })).toBe(false)
    expect(takes({ email: 'nobody' })).toBe(false)
    expect(takes({ device: { platform: 'toaster' } })).toBe(false)
    expect(register.body.parse({ username: 'AB.c', password: 'long enough' }).username).toBe('ab.c')
  })
})

describe('addMembers', () => {
  it('wants userId or userIds, not both', () => {
    const takes = (body: object): boolean => addMembers.body.safeParse(body).success
    expect(takes({ userId: ID })).toBe(true)
    expect(takes({ userIds: [ID] })).toBe(true)
    expect(takes({})).toBe(false)
    expect(takes({ userId: ID, userIds: [ID] })).toBe(false)
    expect(takes({ userIds: [] })).toBe(false)
    expect(takes({ userIds: Array.from({ length: 101 }, () => ID) })).toBe(false)
  })
})

describe('listMessages', () => {
  const read = (query: object) => listMessages.query.safeParse(query)

  it('takes a place as a position or as a message id', () => {
    expect(read({ before: '17' }).data?.before).toBe(17)
    expect(read({ after: ID.toUpperCase() }).data?.after).toBe(ID)
    for (const bad of ['-1', '1.5', 'x', '9'.repeat(16)])
      expect(read({ around: bad }).success).toBe(false)
  })

  it('takes one place at most', () => {
    expect(read({}).data).toEqual({ limit: 50 })
    expect(read({ before: '17', after: '3' }).success).toBe(false)
    expect(read({ page: '1', cursor: 'x' }).success).toBe(false)
    expect(read({ page: '1', types: 'text,image' }).data?.types).toEqual(['text', 'image'])
    expect(read({ types: 'text,teapot' }).success).toBe(false)
  })
})

describe('getPresence', () => {
  it('splits the ids and takes up to 100', () => {
    const ids = (count: number) => ({ ids: Array.from({ length: count }, () => ID).join(',') })
    expect(getPresence.query.parse(ids(100)).ids).toHaveLength(100)
    expect(getPresence.query.safeParse(ids(101)).success).toBe(false)
    expect(getPresence.query.safeParse({ ids: '' }).success).toBe(false)
    expect(getPresence.query.safeParse({}).success).toBe(false)
  })
})

describe('SendMessage', () => {
  const takes = (more: object): boolean => SendMessage.safeParse({ chatId: ID, ...more }).success

  it('is text unless said otherwise, and never system', () => {
    expect(SendMessage.parse({ chatId: ID, content: 'hi' }).type).toBe('text')
    expect(takes({ type: 'system', content: 'hi' })).toBe(false)
  })

  it('holds the bounds of the contract', () => {
    expect(takes({ content: 'x'.repeat(10_000) })).toBe(true)
    expect(takes({ content: 'x'.repeat(10_001) })).toBe(false)
    expect(takes({ content: '' })).toBe(false)
    expect(takes({ encryptedContent: 'x'.repeat(65_536) })).toBe(true)
    expect(takes({ encryptedContent: 'é'.repeat(32_769) })).toBe(false)
    expect(takes({ mentions: 'all' })).toBe(true)
    expect(takes({ mentions: 'everybody' })).toBe(false)
    expect(takes({ mentions: Array.from({ length: 51 }, () => ID) })).toBe(false)
    expect(takes({ expiresInSeconds: 4 })).toBe(false)
    expect(takes({ voice: { durationMs: 0, waveform: [] } })).toBe(false)
  })

  it('takes envelopes only with a ciphertext of 1 to 16384 bytes for a known type', () => {
    const envelope = { userId: ID, deviceId: ID, registrationId: 1, type: 3, content: 'AAAA' }
    expect(takes({ envelopes: [envelope] })).toBe(true)
    expect(takes({ envelopes: [{ ...envelope, type: 4 }] })).toBe(false)
    expect(takes({ envelopes: [{ ...envelope, content: '' }] })).toBe(false)
    expect(takes({ envelopes: [{ ...envelope, registrationId: 16_381 }] })).toBe(false)
    const largest = Buffer.alloc(16_384).toString('base64')
    expect(takes({ envelopes: [{ ...envelope, content: largest }] })).toBe(true)
    const tooLarge = Buffer.alloc(16_385).toString('base64')
    expect(takes({ envelopes: [{ ...envelope, content: tooLarge }] })).toBe(false)
  })
})

describe('ReactionInput', () => {
  it('is a plain emoji, or the pair of an e2ee chat', () => {
    const pair = { emojiTag: 'ab'.repeat(32), encryptedEmoji: 'AAAA' }
    expect(ReactionInput.safeParse({ emoji: '❤️' }).success).toBe(true)
    expect(ReactionInput.safeParse(pair).success).toBe(true)
    expect(ReactionInput.safeParse({}).success).toBe(false)
    expect(ReactionInput.safeParse({ emojiTag: pair.emojiTag }).success).toBe(false)
    expect(ReactionInput.safeParse({ emoji: '❤️', ...pair }).success).toBe(false)
    expect(ReactionInput.safeParse({ emoji: 'x'.repeat(65) }).success).toBe(false)
  })
})

describe('socket events', () => {
  it('read takes a message or a position', () => {
    const takes = (payload: unknown): boolean => readEvent.payload.safeParse(payload).success
    expect(takes({ messageId: ID })).toBe(true)
    expect(takes({ chatId: ID, seq: 4 })).toBe(true)
    expect(takes({ chatId: ID })).toBe(false)
    expect(takes(undefined)).toBe(false)
  })

  it('delivered takes one mark, or 1 to 100', () => {
    const mark = { chatId: ID, seq: 4 }
    const takes = (payload: unknown): boolean => deliveredEvent.payload.safeParse(payload).success
    expect(takes(mark)).toBe(true)
    expect(takes({ items: [mark] })).toBe(true)
    expect(takes({ items: [] })).toBe(false)
    expect(takes({ items: Array.from({ length: 101 }, () => mark) })).toBe(false)
  })

  it('sync takes an empty payload', () => {
    expect(syncEvent.payload.safeParse({}).success).toBe(true)
    expect(syncEvent.payload.safeParse({ limit: 501 }).success).toBe(false)
  })
})

describe('what services tell each other', () => {
  it('a hint of an unknown type is no hint', () => {
    expect(ChatHint.safeParse({ type: 'weather', chatId: ID }).success).toBe(false)
  })

  it('an outbox row with a typo is refused', () => {
    const row = { userId: ID, sessionIds: [ID] }
    expect(sessionRevoked.payload.safeParse(row).success).toBe(true)
    expect(sessionRevoked.payload.safeParse({ ...row, userid: ID }).success).toBe(false)
  })
})

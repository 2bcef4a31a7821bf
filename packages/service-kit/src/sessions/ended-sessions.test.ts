import { describe, expect, it } from '@jest/globals'
import type { Revocation } from '@sup/types'
import { createEndedSessions } from './ended-sessions.js'
import { createKnownIds } from './known-ids.js'

const CHAT = '01890000-0000-7000-8000-0000000000c1'
const ALICE = '01890000-0000-7000-8000-00000000000a'
const BOB = '01890000-0000-7000-8000-00000000000b'
const AT = '2025-01-31T10:30:00.000Z'
const TIME = Date.parse(AT)
const revocation = (part: Partial<Revocation>): Revocation => ({
  id: CHAT,
  kind: 'session',
  userId: ALICE,
  at: AT,
  ...part,
})
const session = { userId: ALICE, sessionId: BOB, deviceId: CHAT, issuedAt: TIME }

describe('createEndedSessions', () => {
  it('ends a session, or a device, for good', () => {
    const ended = createEndedSessions()
    expect(ended.isRevoked(session)).toBe(false)
    ended.add(revocation({ sessionId: BOB }))
    expect(ended.isRevoked(session)).toBe(true)
    expect(ended.isRevoked({ ...session, sessionId: CHAT })).toBe(false)
    ended.add(revocation({ kind: 'device', deviceId: CHAT }))
    expect(ended.isRevoked({ ...session, sessionId: CHAT })).toBe(true)
  })

  it('ends the tokens of a user that were signed before, and lets the account log in again', () => {
    const ended = createEndedSessions()
    ended.add(revocation({ kind: 'user' }))
    expect(ended.isRevoked(session)).toBe(true)
    expect(ended.isRevoked({ ...session, issuedAt: TIME + 1000 })).toBe(false)
    ended.add(revocation({ kind: 'user', before: '2025-01-31T10:40:00.000Z' }))
    ended.add(revocation({ kind: 'user' }))
    expect(ended.isRevoked({ ...session, issuedAt: TIME + 1000 })).toBe(true)
  })

  it('takes nobody out for a membership or an audience', () => {
    const ended = createEndedSessions()
    ended.add(revocation({ kind: 'membership', chatId: CHAT }))
    ended.add(revocation({ kind: 'audience' }))
    expect(ended.isRevoked(session)).toBe(false)
  })

  it('forgets what no token can be alive of', () => {
    const ended = createEndedSessions()
    ended.add(revocation({ sessionId: BOB }))
    ended.forgetBefore(TIME)
    expect(ended.isRevoked(session)).toBe(true)
    ended.forgetBefore(TIME + 1)
    expect(ended.isRevoked(session)).toBe(false)
  })
})

describe('createKnownIds', () => {
  it('knows an id through at least one turn after it was seen last', () => {
    const known = createKnownIds()
    expect(known.add('a')).toBe(true)
    expect(known.add('a')).toBe(false)
    known.turn()
    expect(known.add('a')).toBe(false)
    known.turn()
    expect(known.add('a')).toBe(false)
    known.turn()
    known.turn()
    expect(known.add('a')).toBe(true)
  })
})

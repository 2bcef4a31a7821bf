import { describe, expect, it } from '@jest/globals'
import { CleanupDuty } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { RELAYED_TYPES, dutyOf } from './duty-map.js'

describe('dutyOf', () => {
  const userId = randomUUID()
  const row = {
    id: 7,
    messageId: randomUUID(),
    type: 'session.revoked',
    key: userId,
    payload: { userId, sessionIds: [randomUUID()] },
    createdAt: '2025-01-31T10:30:00.000Z',
  }

  it('makes the end of sessions the clean-up of that account, under the id of the row', () => {
    const body = {
      id: row.messageId,
      type: 'prune-sessions',
      occurredAt: '2025-01-31T10:30:00.000Z',
      userId,
    }
    expect(dutyOf(row)).toEqual({
      routingKey: 'cleanup.run',
      type: 'prune-sessions',
      messageId: row.messageId,
      body,
    })
    expect(CleanupDuty.parse(body)).toEqual(body)
  })

  it('makes nothing of a type that nobody consumes', () => {
    expect(dutyOf({ ...row, type: 'chat.created' })).toBeUndefined()
    expect(RELAYED_TYPES).not.toContain('chat.created')
  })

  it('makes nothing of a payload that does not fit', () => {
    expect(dutyOf({ ...row, payload: { userId: 'nobody' } })).toBeUndefined()
    expect(dutyOf({ ...row, payload: null })).toBeUndefined()
  })
})

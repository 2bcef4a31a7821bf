import { describe, expect, it } from '@jest/globals'
import { CleanupDuty, EmailDuty, MediaDeletion, MediaDuty } from '@sup/types'
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

  it('makes a requested mail and a log-in on a new device mails, as sealed as they were', () => {
    const mail = {
      to: 'alice@example.org',
      locale: 'de',
      data: Buffer.alloc(40, 7).toString('base64'),
    }
    const ids = { sessionId: randomUUID(), deviceId: randomUUID() }
    const rows = [
      { ...row, type: 'email.requested', payload: { kind: 'verify-email', userId, ...mail } },
      { ...row, type: 'session.created', payload: { userId, ...ids, notice: mail } },
    ]
    const common = { id: row.messageId, occurredAt: row.createdAt, userId, ...mail }
    for (const [at, type] of ['verify-email', 'security-notice'].entries()) {
      const duty = dutyOf(rows[at] ?? row)
      expect(duty).toMatchObject({ routingKey: 'email.send', type, messageId: row.messageId })
      expect(duty?.body).toEqual({ ...common, type })
      expect(EmailDuty.parse(duty?.body)).toEqual(duty?.body)
    }
  })

  const media = { fileId: randomUUID(), userId, mimeType: 'x/y', s3Key: 'media/a/b.c' }
  const uploaded = (type: string) =>
    dutyOf({ ...row, type: 'media.uploaded', payload: { ...media, type } })

  it.each([
    ['image', 'process-image'],
    ['sticker', 'process-image'],
    ['video', 'process-video'],
    ['audio', 'process-audio'],
    ['voice', 'process-audio'],
  ])('has an uploaded %s done by %s', (type, job) => {
    const duty = uploaded(type)
    expect(duty).toMatchObject({ routingKey: 'media.process', type: job })
    expect(MediaDuty.parse(duty?.body)).toEqual({
      id: row.messageId,
      type: job,
      occurredAt: row.createdAt,
      fileId: media.fileId,
      userId,
      s3Key: media.s3Key,
    })
  })

  it('makes nothing of an uploaded file that is not processed', () => {
    expect(uploaded('file')).toBeUndefined()
  })

  it('has a deleted file deleted', () => {
    const { fileId } = media
    const payload = { fileId, userId, s3Keys: [media.s3Key] }
    const duty = dutyOf({ ...row, type: 'media.deleted', payload })
    expect(duty).toMatchObject({ routingKey: 'media.delete', type: 'delete-media' })
    expect(MediaDeletion.parse(duty?.body)).toMatchObject({ fileId, s3Keys: [media.s3Key] })
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

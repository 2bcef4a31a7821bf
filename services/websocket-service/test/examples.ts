import type { LogEntry, Message } from '@sup/types'

export const CHAT = '01890000-0000-7000-8000-0000000000c1'
export const ALICE = '01890000-0000-7000-8000-00000000000a'
export const BOB = '01890000-0000-7000-8000-00000000000b'

/** A message as main-api gives it; its id follows from its position. */
export function message(part: Partial<Message>): Message {
  const seq = part.seq ?? 1
  return {
    id: `01890000-0000-7000-8000-${seq.toString(16).padStart(12, '0')}`,
    chatId: CHAT,
    senderId: ALICE,
    encryptedContent: '',
    type: 'text',
    createdAt: '2025-01-31T10:30:00.000Z',
    seq,
    changedSeq: seq,
    clientMessageId: '01890000-0000-4000-8000-000000000001',
    content: `message ${seq}`,
    attachments: [],
    reactions: [],
    pinned: false,
    hash: 'a'.repeat(64),
    salt: 'EBESExQVFhcYGRobHB0eHw==',
    ...part,
  }
}

/** An entry that is no message. */
export const entry = (part: Partial<LogEntry>): LogEntry => ({
  chatId: CHAT,
  seq: 1,
  kind: 'chat_updated',
  entryId: '01890000-0000-7000-8000-0000000000e1',
  at: '2025-01-31T10:30:00.000Z',
  actorId: ALICE,
  data: { changes: { name: 'x' } },
  salt: 'EBESExQVFhcYGRobHB0eHw==',
  hash: 'b'.repeat(64),
  ...part,
})

import type { Sql } from '@sup/service-kit/postgres'
import { type PreparedSend, unsupportedMember } from './prepare-send.js'

/** What became of one item of a batch. */
export type Verdict = {
  ord: number
  /** null: stored; DUPLICATE: a replay; else an error code. */
  verdict: string | null
  /** The permission or the member that an error is about. */
  detail: string | null
  messageId: string
  seq: number | null
  createdAt: string
  hiddenFor: string[] | null
  deviceNumber: number | null
}

// Named: parsed and planned once per connection, which a batch of one message notices.
const ACCEPT = {
  name: 'accept-messages',
  text: `SELECT ord, verdict, detail, message_id AS "messageId", seq, created_at AS "createdAt",
                hidden_for AS "hiddenFor", device_number AS "deviceNumber"
           FROM accept_messages($1, $2)`,
}

// Only when there are files: a batch without them must not pay for the locks.
const ACCEPT_WITH_FILES = {
  name: 'accept-messages-with-files',
  text: ACCEPT.text.replace('accept_messages($1, $2)', 'accept_messages_with_files($1, $2, $3)'),
}

const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`

const toItem = ({ message, sender, id, salt, hash, requestHash }: PreparedSend, ord: number) => ({
  ord,
  chat_id: message.chatId,
  id,
  sender_id: sender.userId,
  device_id: sender.deviceId,
  client_message_id: message.clientMessageId,
  request_hash: hex(requestHash),
  type: message.type,
  encrypted_content: message.encryptedContent,
  content: message.content,
  distribution_id: message.distributionId,
  reply_to_id: message.replyToId,
  thread_root_id: message.threadRootId,
  attachments:
    message.attachments && message.attachments.length > 0 ? message.attachments : undefined,
  mentions: message.mentions && message.mentions.length > 0 ? message.mentions : undefined,
  voice: message.voice,
  silent: message.silent,
  refused: unsupportedMember(message),
  envelopes: message.envelopes !== undefined && message.envelopes.length > 0,
  hash: hex(hash),
  salt: hex(Buffer.from(salt, 'base64')),
})

/**
 * Stores a batch of sends in one round trip; see `accept_messages` in migrations/003_accept_messages.sql,
 * and for files migrations/008_attachments.sql.
 */
export function batchStore(sql: Sql) {
  return {
    /** @returns One verdict per send, in the same order. */
    accept: (sends: readonly PreparedSend[]): Promise<Verdict[]> => {
      const chatIds = [...new Set(sends.map(({ message }) => message.chatId))]
      const items = JSON.stringify(sends.map(toItem))
      const files = [...new Set(sends.flatMap(({ message }) => message.attachments ?? []))]
      return files.length === 0
        ? sql.any<Verdict>({ ...ACCEPT, values: [chatIds, items] })
        : sql.any<Verdict>({ ...ACCEPT_WITH_FILES, values: [chatIds, items, files] })
    },
  }
}

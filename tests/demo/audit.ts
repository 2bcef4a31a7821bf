import { listChats } from '@sup/types'
import { ask } from '../support/database.js'
import type { Device } from '../support/people.js'
import type { Cast, DemoChat } from './cast.js'
import type { Sent } from './talk.js'

export type Audit = {
  stored: number
  /** Copies on devices that are what was sent, and how many there must be. */
  delivered: number
  wanted: number
  duplicates: number
  orderErrors: number
  missing: number
  /** Logs that fold to the digest of the server, of one device and chat each. */
  proven: number
  logs: number
}

const COUNT = 'SELECT count(*)::int AS stored FROM messages WHERE chat_id = ANY($1::uuid[])'

/** Waits until every device shows every message of its chats, then compares all of it. */
export async function auditAll(
  cast: Cast,
  sent: readonly Sent[],
  databaseUrl: string,
): Promise<Audit> {
  const [row] = await ask<{ stored: number }>(databaseUrl, COUNT, [
    cast.chats.map(({ chat }) => chat.id),
  ])
  const sum: Audit = {
    stored: row?.stored ?? 0,
    delivered: 0,
    wanted: 0,
    duplicates: 0,
    orderErrors: 0,
    missing: 0,
    proven: 0,
    logs: 0,
  }
  for (const demoChat of cast.chats) {
    const expected = new Map(
      sent.filter(({ chatId }) => chatId === demoChat.chat.id).map((one) => [one.id, one]),
    )
    for (const { devices } of demoChat.members) {
      for (const device of devices) await auditDevice(sum, device, { demoChat, expected })
    }
  }
  return sum
}

async function auditDevice(
  sum: Audit,
  { client, recorder }: Device,
  { demoChat, expected }: { demoChat: DemoChat; expected: ReadonlyMap<string, Sent> },
): Promise<void> {
  const chatId = demoChat.chat.id
  sum.wanted += expected.size
  sum.logs += 1
  // Too few are told in the table, which says more than an error.
  await recorder
    .until(`all of ${demoChat.key}`, () => recorder.messages(chatId).length >= expected.size)
    .catch(() => undefined)
  const { data } = await client.call(listChats, {})
  const chat = data.find(({ id }) => id === chatId)
  if (chat === undefined) return
  const { missing, duplicates, orderErrors, isProven } = recorder.verify(chat)
  sum.missing += missing
  sum.duplicates += duplicates
  sum.orderErrors += orderErrors
  if (isProven && recorder.integrity.length === 0) sum.proven += 1
  const right = new Set(
    recorder.messages(chatId).flatMap(({ id, senderId, content }) => {
      const wanted = expected.get(id)
      return wanted?.senderId === senderId && wanted.text === content ? [id] : []
    }),
  )
  sum.delivered += right.size
}

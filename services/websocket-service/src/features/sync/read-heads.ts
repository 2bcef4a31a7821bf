import type { Ack, headsEvent } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'

/**
 * Answers where all chats of the caller end, as main-api knows it.
 *
 * @throws AppError `SERVICE_UNAVAILABLE` when it cannot be asked.
 */
export async function readHeads(
  { heads, node }: Needs<'heads' | 'node'>,
  { chats }: Connection,
): Promise<Omit<Ack<typeof headsEvent>, 'ok'>> {
  const known = await Promise.all(
    [...chats.keys()].map(async (chatId) => [chatId, (await heads.add(chatId)).seq] as const),
  )
  const answer: Record<string, number> = {}
  for (const [chatId, seq] of known) if (seq !== undefined) answer[chatId] = seq
  return { epoch: node.epoch, heads: answer }
}

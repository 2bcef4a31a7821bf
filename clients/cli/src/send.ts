import type { Client, Draft, Stored } from '@sup/sdk'
import { setTimeout as sleep } from 'node:timers/promises'
import { CliError, EXIT } from './exit-codes.js'

export type SendInput = { chatId: string; draft: Omit<Draft, 'chatId'>; timeoutMs: number }
export type SentMessage = Stored & { chatId: string; clientMessageId: string }

/**
 * Sends and waits until the server has the message. A message that is refused leaves the outbox:
 * whoever reads the error decides what to do. One that only could not be sent yet stays in it.
 */
export async function sendAndWait(
  client: Client,
  { chatId, draft, timeoutMs }: SendInput,
): Promise<SentMessage> {
  const sending = await client.messages.send(chatId, draft)
  const { clientMessageId } = sending.entry.body
  const limit = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: limit.signal }).catch(() => undefined)
  try {
    const stored = await Promise.race([sending.stored(), late])
    if (stored) return { ...stored, chatId, clientMessageId }
  } catch (err) {
    await client.outbox().discard(clientMessageId)
    throw err
  } finally {
    limit.abort()
  }
  throw new CliError(
    EXIT.unavailable,
    'The message is not sent yet',
    'It is kept and goes out when sup runs again; see `sup outbox`.',
  )
}

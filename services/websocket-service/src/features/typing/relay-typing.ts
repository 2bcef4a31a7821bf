import { AppError } from '@sup/service-kit/http'
import { type Payload, notFound, type typingEvent } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Needs } from '../../deps.js'
import type { NoAnswer } from '../../router.js'

/**
 * Tells the other members of a chat that somebody types or stopped; those who do not show their own typing
 * neither tell nor are told, and who may not send is not heard.
 *
 * @throws AppError `NOT_FOUND` when the caller is not in the chat.
 */
export function relayTyping(
  { typing }: Needs<'typing'>,
  connection: Connection,
  { chatId, isTyping }: Payload<typeof typingEvent>,
): NoAnswer {
  const chat = connection.chats.get(chatId)
  if (!chat) throw new AppError(notFound)
  if (chat.canType && connection.person.typingVisible) typing.set(connection, chatId, isTyping)
  return {}
}

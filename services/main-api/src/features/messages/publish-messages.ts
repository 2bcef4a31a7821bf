import type { Hints } from '@sup/service-kit/hints'
import { type Message, chatChannel } from '@sup/types'

type Published = { accepted: { message: Message; json: string }; hiddenFor: string[] | null }

/**
 * Announces stored messages: one publication per chat and batch, in the order of their positions. It
 * does not wait: the connection keeps the order, and a lost hint is repaired by whoever misses it.
 */
export function publishMessages({ hints }: { hints: Hints }, stored: readonly Published[]): void {
  const byChat = new Map<string, Published[]>()
  for (const item of stored) {
    const { chatId } = item.accepted.message
    const known = byChat.get(chatId)
    if (known) known.push(item)
    else byChat.set(chatId, [item])
  }
  for (const [chatId, items] of byChat) {
    void hints.publish(chatChannel(chatId), encode(chatId, items))
  }
}

/** The messages are encoded already: their JSON is put together by hand. */
function encode(chatId: string, items: readonly Published[]): string {
  const [only] = items
  if (items.length === 1 && only) {
    return `{"type":"new-message","chatId":"${chatId}",${fields(only)}}`
  }
  const messages = items.map((item) => `{${fields(item)}}`).join(',')
  return `{"type":"new-messages","chatId":"${chatId}","messages":[${messages}]}`
}

function fields({ accepted, hiddenFor }: Published): string {
  const hidden =
    hiddenFor && hiddenFor.length > 0 ? `,"hiddenFor":${JSON.stringify(hiddenFor)}` : ''
  return `"seq":${accepted.message.seq},"message":${accepted.json}${hidden}`
}

import type { Client } from '@sup/sdk'

const REPEAT_MS = 3000
const IDLE_MS = 5000
/** The server says so too; this is for a notice that was lost. */
const EXPIRE_MS = 7000

/** Tells the others that one types: at most every three seconds, and that one stopped. */
export function createTyping(
  client: Client,
  chatId: string,
): { key: (isEmpty: boolean) => void; stop: () => void } {
  let toldAt = 0
  let idle: NodeJS.Timeout | undefined
  const stop = (): void => {
    clearTimeout(idle)
    if (toldAt > 0 && client.session()) client.setTyping(chatId, false)
    toldAt = 0
  }
  return {
    key(isEmpty) {
      if (isEmpty || !client.session()) {
        stop()
        return
      }
      clearTimeout(idle)
      idle = setTimeout(stop, IDLE_MS)
      if (Date.now() - toldAt < REPEAT_MS) return
      toldAt = Date.now()
      client.setTyping(chatId, true)
    },
    stop,
  }
}

/** Calls back with everybody else who types in the chat, whenever that changes. */
export function watchTyping(
  client: Client,
  chatId: string,
  onChange: (userIds: string[]) => void,
): void {
  const timers = new Map<string, NodeJS.Timeout>()
  const end = (userId: string): void => {
    clearTimeout(timers.get(userId))
    if (timers.delete(userId)) onChange([...timers.keys()])
  }
  client.on('typing', (event) => {
    const { userId } = event
    if (event.chatId !== chatId || userId === client.session()?.userId) return
    if (!event.isTyping) {
      end(userId)
      return
    }
    const isNew = !timers.has(userId)
    clearTimeout(timers.get(userId))
    timers.set(
      userId,
      setTimeout(() => {
        end(userId)
      }, EXPIRE_MS),
    )
    if (isNew) onChange([...timers.keys()])
  })
  // A message says more than that its sender types.
  client.on('message', ({ message }) => {
    if (message.chatId === chatId) end(message.senderId)
  })
}

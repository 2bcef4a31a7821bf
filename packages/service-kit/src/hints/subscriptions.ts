/** Counts who listens to which channel, so that a channel is joined once and left with its last listener. */
export type Subscriptions<Handler> = {
  /** True when the channel had no listener before. */
  add: (channel: string, handler: Handler) => boolean
  /** Takes one back, of any handler if none is named. True when the channel has no listener any more. */
  remove: (channel: string, handler?: Handler) => boolean
  /** Each handler once, however often it was added. */
  handlersOf: (channel: string) => Handler[]
  channels: () => string[]
  size: () => number
}

/** Makes an empty registry of subscriptions. */
export function countSubscriptions<Handler>(): Subscriptions<Handler> {
  const channels = new Map<string, Map<Handler, number>>()
  return {
    add(channel, handler) {
      const handlers = channels.get(channel) ?? new Map<Handler, number>()
      handlers.set(handler, (handlers.get(handler) ?? 0) + 1)
      const isNew = !channels.has(channel)
      channels.set(channel, handlers)
      return isNew
    },
    remove(channel, handler) {
      const handlers = channels.get(channel)
      const entry = [...(handlers ?? [])].find(([one]) => handler === undefined || one === handler)
      if (!handlers || !entry) return false
      const [known, count] = entry
      if (count > 1) handlers.set(known, count - 1)
      else handlers.delete(known)
      return handlers.size === 0 && channels.delete(channel)
    },
    handlersOf: (channel) => [...(channels.get(channel)?.keys() ?? [])],
    channels: () => [...channels.keys()],
    size: () => channels.size,
  }
}

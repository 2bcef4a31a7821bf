/**
 * Joins the channels that one turn of the event loop asks for by one command: a socket that connects asks
 * for all chats of its user at once, and each command of its own would be a write to the network.
 *
 * @param join     Joins channels on the connection.
 * @param isWanted Whether a channel still has a listener when its turn has come.
 * @returns Asks for a channel; resolves when it is joined, rejects when `join` does.
 */
export function joinTogether(
  join: (channels: readonly string[]) => Promise<unknown>,
  isWanted: (channel: string) => boolean,
): (channel: string) => Promise<void> {
  let asked: string[] = []
  let joining: Promise<void> | undefined

  async function flush(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    const wanted = asked.filter(isWanted)
    asked = []
    joining = undefined
    if (wanted.length > 0) await join(wanted)
  }

  return (channel) => {
    asked.push(channel)
    joining ??= flush()
    return joining
  }
}

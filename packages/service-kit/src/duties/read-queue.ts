import type { Channel, Message } from 'amqplib'

/** Somebody else may hold what was counted: then nothing comes any more. */
const QUIET_MS = 1000

/**
 * Reads the oldest messages of a queue without acknowledging any, oldest first.
 *
 * By one consumer, not by single gets: closing the channel returns what one consumer holds in its order, but
 * each get is a consumer of its own to a quorum queue, and those are returned in the order of their names.
 *
 * @param channel A channel for this alone, closed afterwards.
 * @param isWanted Which of them to keep; all if absent. The others are held as well.
 */
export async function readQueue(
  channel: Channel,
  queue: string,
  most: number,
  isWanted: (message: Message) => boolean = () => true,
): Promise<Message[]> {
  const { messageCount } = await channel.checkQueue(queue)
  const expected = Math.min(messageCount, most)
  if (expected <= 0) return []
  const kept: Message[] = []
  let seen = 0
  await channel.prefetch(expected)
  const tag = await new Promise<string>((resolve, reject) => {
    const reading = channel.consume(queue, (message) => {
      // More than was counted may come when somebody acknowledges; it stays held.
      if (!message || seen === expected) return
      seen += 1
      if (isWanted(message)) kept.push(message)
      quiet.refresh()
      if (seen === expected) finish()
    })
    const finish = (): void => {
      clearTimeout(quiet)
      reading.then(({ consumerTag }) => {
        resolve(consumerTag)
      }, reject)
    }
    const quiet = setTimeout(finish, QUIET_MS)
    channel.once('close', finish)
  })
  await channel.cancel(tag)
  return kept
}

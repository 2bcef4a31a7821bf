import type { DemoChat } from './cast.js'

/** A message that was acknowledged: what it must look like everywhere. */
export type Sent = { id: string; chatId: string; senderId: string; text: string }

const MESSAGES_PER_SECOND = 130
const TICK_MS = 50

/**
 * Everybody talks at an even pace, all chats from the beginning to the end. Resolves when every message
 * is acknowledged, in spite of whatever happens meanwhile.
 *
 * @param scripts what is said in each chat
 * @param onStored told how many are acknowledged
 */
export async function talk(
  scripts: readonly { chat: DemoChat; texts: readonly string[] }[],
  onStored: (count: number) => void,
): Promise<Sent[]> {
  const total = scripts.reduce((sum, { texts }) => sum + texts.length, 0)
  const started = performance.now()
  const sending: Promise<Sent>[] = []
  const sent: Sent[] = []
  const said = scripts.map(() => 0)
  const sayUpTo = (share: number): void => {
    for (const [index, { chat, texts }] of scripts.entries()) {
      for (let turn = said[index] ?? 0; turn < texts.length * share; turn += 1) {
        said[index] = turn + 1
        const one = say(chat, turn, texts[turn] ?? '')
        sending.push(one)
        void one.then(
          (message) => {
            sent.push(message)
            onStored(sent.length)
          },
          () => undefined,
        )
      }
    }
  }
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const share = ((performance.now() - started) * MESSAGES_PER_SECOND) / 1000 / total
      sayUpTo(Math.min(1, share))
      if (share < 1) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  return Promise.all(sending)
}

/** Turns go round among the writers, with a stride that gives every line another voice each time. */
async function say({ chat, writers }: DemoChat, turn: number, text: string): Promise<Sent> {
  const writer = writers[(turn * 7 + Math.floor(turn / writers.length)) % writers.length]
  if (writer === undefined) throw new Error('nobody may write here')
  const sending = await writer.client.messages.send(chat.id, { content: text })
  const { id } = await sending.stored()
  return { id, chatId: chat.id, senderId: writer.userId, text }
}

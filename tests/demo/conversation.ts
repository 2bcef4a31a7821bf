import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Line = z.strictObject({
  chat: z.enum(['trip', 'lesson', 'family', 'kitchen', 'news']),
  language: z.string().min(2),
  text: z.string().min(1),
})
export type Line = z.output<typeof Line>
export type ChatKey = Line['chat']

/** How much is said in each chat: 2,000 messages together. */
export const MESSAGES: Record<ChatKey, number> = {
  trip: 300,
  lesson: 300,
  family: 500,
  kitchen: 500,
  news: 400,
}

/** Reads the sample conversation: one JSON object per line. */
export function readConversation(): Line[] {
  const text = readFileSync(new URL('conversation.jsonl', import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)))
}

/** What is said in a chat: its lines, over and over until there are enough. */
export function scriptOf(lines: readonly Line[], chat: ChatKey): string[] {
  const texts = lines.filter((line) => line.chat === chat).map(({ text }) => text)
  return Array.from({ length: MESSAGES[chat] }, (_, turn) => texts[turn % texts.length] ?? '')
}

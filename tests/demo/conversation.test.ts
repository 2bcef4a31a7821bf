import { describe, expect, it } from '@jest/globals'
import { MESSAGES, readConversation, scriptOf } from './conversation.js'

describe('the sample conversation', () => {
  const lines = readConversation()
  const all = lines.map(({ text }) => text).join('\n')

  it('makes 2,000 messages', () => {
    const chats = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[]
    const texts = chats.flatMap((chat) => scriptOf(lines, chat))
    expect(texts).toHaveLength(2000)
    expect(texts.every((text) => text.length > 0)).toBe(true)
  })

  it('has what breaks messengers', () => {
    expect(new Set(lines.map(({ language }) => language)).size).toBeGreaterThan(30)
    expect(all).toMatch(/\p{Emoji_Presentation}/u)
    expect(all).toMatch(/\u200d/u)
    expect(all).toMatch(/\p{Script=Arabic}/u)
    expect(all).toMatch(/\p{Script=Hebrew}/u)
    expect(all).toMatch(/\p{Script=Han}/u)
    expect(all).toMatch(/\p{Script=Hangul}/u)
    expect(lines.some(({ text }) => text.length > 800)).toBe(true)
    expect(lines.some(({ text }) => text.split('\n').length > 5)).toBe(true)
    expect(lines.some(({ text }) => text !== text.normalize('NFC'))).toBe(true)
    expect(all).toMatch(/[\u{10000}-\u{10ffff}]/u)
  })
})

import { describe, expect, it } from '@jest/globals'
import { BOB, CHAT, entry, message } from '../../../test/examples.js'
import { readChatHint } from './read-chat-hint.js'

const newMessage = { type: 'new-message', chatId: CHAT, seq: 5, message: message({ seq: 5 }) }

describe('readChatHint', () => {
  it('reads one message, several, entries and receipts', () => {
    expect(readChatHint(newMessage, CHAT)).toEqual({
      items: [{ seq: 5, message: message({ seq: 5 }) }],
    })
    const messages = [5, 6].map((seq) => ({ seq, message: message({ seq }), hiddenFor: [BOB] }))
    expect(readChatHint({ type: 'new-messages', chatId: CHAT, messages }, CHAT)).toEqual({
      items: messages,
    })
    const change = { type: 'entry', chatId: CHAT, seq: 7, entry: entry({ seq: 7 }) }
    expect(readChatHint(change, CHAT)).toEqual({ items: [{ seq: 7, entry: entry({ seq: 7 }) }] })
    const receipt = { type: 'receipt', chatId: CHAT, userId: BOB, readSeq: 5, at: entry({}).at }
    expect(readChatHint(receipt, CHAT)).toEqual({ receipt })
  })

  it('takes the message out of an entry of kind message', () => {
    const change = entry({ seq: 5, kind: 'message', message: message({ seq: 5 }), data: null })
    expect(readChatHint({ type: 'entry', chatId: CHAT, seq: 5, entry: change }, CHAT)).toEqual({
      items: [{ seq: 5, message: message({ seq: 5 }) }],
    })
  })

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'new-message'],
    ['a list', [newMessage]],
    ['an unknown type', { ...newMessage, type: 'future' }],
    ['no type', { chatId: CHAT }],
    ['another chat', { ...newMessage, chatId: BOB }],
    ['a message of another chat', { ...newMessage, message: message({ seq: 5, chatId: BOB }) }],
    ['no position', { ...newMessage, seq: undefined }],
    ['a position that is no number', { ...newMessage, seq: '5' }],
    ['a fraction', { ...newMessage, seq: 5.5 }],
    ['two positions', { ...newMessage, message: message({ seq: 6 }) }],
    ['no message', { ...newMessage, message: undefined }],
    [
      'the form of document 000, without a position',
      { ...newMessage, seq: undefined, message: {} },
    ],
    ['a message without hash', { ...newMessage, message: { ...newMessage.message, hash: 1 } }],
    [
      'a message without lists',
      { ...newMessage, message: { ...newMessage.message, attachments: 1 } },
    ],
    [
      'a content that is no text',
      { ...newMessage, message: { ...newMessage.message, content: {} } },
    ],
    ['people that are no list', { ...newMessage, hiddenFor: 'bob' }],
    ['people that are no texts', { ...newMessage, hiddenFor: [1] }],
    ['messages that are no list', { type: 'new-messages', chatId: CHAT, messages: {} }],
    [
      'one wrong message among good ones',
      { type: 'new-messages', chatId: CHAT, messages: [newMessage, {}] },
    ],
    [
      'an entry of another position',
      { type: 'entry', chatId: CHAT, seq: 8, entry: entry({ seq: 7 }) },
    ],
    ['an entry that is none', { type: 'entry', chatId: CHAT, seq: 7, entry: {} }],
    ['a receipt without time', { type: 'receipt', chatId: CHAT, userId: BOB }],
  ])('counts %s as lost', (_what, payload) => {
    expect(readChatHint(payload, CHAT)).toBeUndefined()
  })
})

import { type Chat, type SendMessage, createChat, sendMessage } from '@sup/types'
import { randomUUID } from 'node:crypto'
import type { TestPerson } from './person.js'

/** A managed direct chat of two people. */
export const directChat = (a: TestPerson, b: TestPerson): Promise<Chat> =>
  a.call(createChat, { body: { type: 'direct', memberIds: [b.userId], encryption: 'managed' } })

/** A managed group; the first person is its owner. */
export const groupOf = (owner: TestPerson, ...others: TestPerson[]): Promise<Chat> =>
  owner.call(createChat, {
    body: {
      type: 'group',
      name: 'Rowing club',
      encryption: 'managed',
      memberIds: others.map(({ userId }) => userId),
    },
  })

/** Sends a text and gives the stored message. */
export const say = (
  person: Pick<TestPerson, 'call'>,
  chatId: string,
  content: string,
  more: Partial<SendMessage> = {},
) =>
  person.call(sendMessage, {
    body: { chatId, content, clientMessageId: randomUUID(), ...more },
  })

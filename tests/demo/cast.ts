import type { Chat } from '@sup/types'
import { type Door, openDoor } from '../support/doors.js'
import { type Someone, join } from '../support/people.js'
import type { ChatKey } from './conversation.js'

const NAMES = [
  'Amara', 'Bogdan', 'Chiara', 'Dilek', 'Emeka', 'Farah', 'Goran', 'Hanna', 'Imani', 'Jonas',
  'Keiko', 'Leila', 'Mateo', 'Noor', 'Olga', 'Paulo', 'Quynh', 'Rivka', 'Sipho', 'Tomasz',
] as const // prettier-ignore

/** These carry two devices. */
const TWO_DEVICES = new Set<string>(['Amara', 'Dilek', 'Imani', 'Mateo', 'Sipho'])

/** Who is in which chat, by place in the list above; the first one makes it. */
const MEMBERS: Record<ChatKey, readonly number[]> = {
  trip: [0, 1],
  lesson: [10, 3],
  family: [12, 2, 4, 5, 6, 7, 8, 9],
  kitchen: [18, 1, 3, 5, 7, 9, 11, 13, 15, 16, 17, 19],
  news: Array.from(NAMES, (_, index) => index),
}

export type DemoChat = { key: ChatKey; chat: Chat; members: Someone[]; writers: Someone[] }

export type Cast = { people: Someone[]; chats: DemoChat[]; leave: () => Promise<void> }

/** Registers 20 people with 25 devices, each behind a door of its own, and makes 5 chats of them. */
export async function gather(server: string): Promise<Cast> {
  const doors: Door[] = []
  let last = 1
  const enter = async (): Promise<string> => {
    last += 1
    const door = await openDoor(server, last)
    doors.push(door)
    return door.url
  }
  let people: Someone[] = []
  const leave = async (): Promise<void> => {
    for (const one of people) one.close()
    await Promise.all(doors.map((door) => door.close()))
  }
  try {
    people = await Promise.all(
      NAMES.map(async (name) => {
        const first = await enter()
        return join(name, TWO_DEVICES.has(name) ? [first, await enter()] : [first])
      }),
    )
    const chats = [
      await openChat(people, 'trip'),
      await openChat(people, 'lesson'),
      await openChat(people, 'family', 'Sunday table'),
      await openChat(people, 'kitchen', 'Bakery collective'),
      await openChat(people, 'news', 'Our street'),
    ]
    return { people, chats, leave }
  } catch (error) {
    await leave()
    throw error
  }
}

async function openChat(
  people: readonly Someone[],
  key: ChatKey,
  name?: string,
): Promise<DemoChat> {
  const members = MEMBERS[key].flatMap((index) => people[index] ?? [])
  const [maker, ...others] = members
  if (maker === undefined) throw new Error(`nobody makes ${key}`)
  const memberIds = others.map(({ userId }) => userId)
  const encryption = 'managed'
  const type = name === undefined ? 'direct' : key === 'news' ? 'channel' : 'group'
  const chat = await maker.client.chats.create({
    type,
    encryption,
    memberIds,
    ...(name === undefined ? {} : { name }),
  })
  // In a channel only its owner writes.
  return { key, chat, members, writers: type === 'channel' ? [maker] : members }
}

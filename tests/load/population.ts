import type { ChatType } from '@sup/types'
import { v7 as uuidv7 } from 'uuid'
import type { WorkloadName } from './arguments.js'

export type LoadUser = {
  id: string
  username: string
  deviceId: string
  sessionId: string
  /** Position of this person's only chat. */
  chat: number
}

export type LoadChat = {
  id: string
  type: ChatType
  name: string | null
  /** Positions of the members; the first one owns a group or channel. */
  members: number[]
}

/** Who takes part; every person is in exactly one chat, so that one number says what a socket has. */
export type Population = { users: LoadUser[]; chats: LoadChat[] }

type Shape = { chats: number; size: number; type: ChatType }

const SHAPES: Record<WorkloadName, Shape> = {
  W1: { chats: 100, size: 2, type: 'direct' },
  W2: { chats: 10, size: 20, type: 'group' },
  W3: { chats: 1, size: 500, type: 'channel' },
  W4: { chats: 2500, size: 2, type: 'direct' },
  W5: { chats: 100, size: 2, type: 'direct' },
}

/** Plans the people and chats of a workload; nothing is stored yet. */
export function planPopulation(workload: WorkloadName): Population {
  const { chats, size, type } = SHAPES[workload]
  const users: LoadUser[] = []
  const planned = Array.from({ length: chats }, (_, chat): LoadChat => {
    const members = Array.from({ length: size }, (_, place) => chat * size + place)
    for (const index of members) users.push(planUser(index, chat))
    return { id: uuidv7(), type, name: type === 'direct' ? null : `chat ${chat}`, members }
  })
  return { users, chats: planned }
}

const planUser = (index: number, chat: number): LoadUser => ({
  id: uuidv7(),
  username: `load_${String(index).padStart(5, '0')}`,
  deviceId: uuidv7(),
  sessionId: uuidv7(),
  chat,
})

/** An order in which neighbours are in different chats: place 0 of every chat, then place 1, and so on. */
export function interleave({ chats }: Population): number[] {
  const longest = Math.max(...chats.map(({ members }) => members.length))
  return Array.from({ length: longest }, (_, place) => place).flatMap((place) =>
    chats.flatMap(({ members }) => members[place] ?? []),
  )
}

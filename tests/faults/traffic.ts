import type { Chat } from '@sup/types'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../../scripts/stack/stack.js'
import { ask } from '../support/database.js'
import { type Door, openDoor } from '../support/doors.js'
import { type Someone, join } from '../support/people.js'
import type { Findings } from '../support/recorder.js'
import { within } from '../support/wait.js'

/** A system with two socket nodes, and people who talk in one group while things break. */
export type Scene = {
  stack: Stack
  people: Someone[]
  /** The ways into nginx, one per device. */
  doors: Door[]
  chat: Chat
  /** Processes that ended though nobody ended them. */
  deaths: string[]
  /**
   * Everybody writes until `disturb` has ended and one second more; then every message is waited for.
   *
   * @returns What must be true of it: one row per message, and every device complete, in order and proven.
   */
  talkDuring: (disturb: () => Promise<void>) => Promise<Outcome>
  stop: () => Promise<void>
}

export type Outcome = {
  sent: number
  stored: number
  devices: (Findings & { integrity: number })[]
}

const PEOPLE = 4
const PAUSE_MS = 60
const SETTLE_MS = 45_000

export async function openScene(env: Record<string, string> = {}): Promise<Scene> {
  const deaths: string[] = []
  const stack = await startStack({
    kind: 'faults',
    quiet: true,
    services: { websocket: 2 },
    onDeath: (name, how) => {
      deaths.push(`${name}: ${how}`)
    },
    env: {
      BCRYPT_ROUNDS: '4',
      RATE_LIMIT_API_PER_MINUTE: '60000',
      RATE_LIMIT_AUTH_PER_MINUTE: '60000',
      RATE_LIMIT_MESSAGES_PER_MINUTE: '60000',
      ...env,
    },
  })
  const doors: Door[] = []
  const people: Someone[] = []
  for (let i = 0; i < PEOPLE; i++) {
    // Each device comes from an address of its own, so that nginx spreads them over the nodes.
    const own = await Promise.all([
      openDoor(stack.publicUrl, 10 + i * 2),
      openDoor(stack.publicUrl, 11 + i * 2),
    ])
    doors.push(...own)
    people.push(await join(`Person${i}`, [own[0].url, own[1].url]))
  }
  const [owner, ...others] = people
  if (!owner) throw new Error('nobody is there')
  const chat = await owner.client.chats.create({
    type: 'group',
    name: 'Faults',
    encryption: 'managed',
    memberIds: others.map(({ userId }) => userId),
  })
  return {
    stack,
    people,
    doors,
    chat,
    deaths,
    talkDuring: (disturb) => talkDuring({ stack, people, chat }, disturb),
    stop: async () => {
      for (const person of people) person.close()
      await Promise.all(doors.map((door) => door.close()))
      await stack.stop()
    },
  }
}

async function talkDuring(
  { stack, people, chat }: Pick<Scene, 'stack' | 'people' | 'chat'>,
  disturb: () => Promise<void>,
): Promise<Outcome> {
  const before = await countStored(stack, chat.id)
  let isOver = false
  const talking = Promise.all(
    people.map((person, i) => talk(person, `${i}`, chat.id, () => isOver)),
  )
  await sleep(500)
  await disturb()
  await sleep(1000)
  isOver = true
  const sent = (await within('every message is stored', SETTLE_MS, talking)).reduce(
    (a, b) => a + b,
    0,
  )
  const head = (await people[0]?.client.chats.get(chat.id))?.head?.seq ?? 0
  const devices = people.flatMap((person) => person.devices)
  await Promise.all(
    devices.map(({ recorder }) =>
      recorder.until(
        'a device has everything',
        () => (recorder.shown(chat.id).at(-1)?.seq ?? 0) >= head,
        SETTLE_MS,
      ),
    ),
  )
  const own = await Promise.all(people.map(({ client }) => client.chats.get(chat.id)))
  return {
    sent,
    stored: (await countStored(stack, chat.id)) - before,
    devices: people.flatMap((person, i) =>
      person.devices.map(({ recorder }) => ({
        ...recorder.verify(own[i] ?? chat),
        integrity: recorder.integrity.length,
      })),
    ),
  }
}

/** Writes until told to stop; resolves with how many messages the server has acknowledged. */
async function talk(
  { client }: Someone,
  name: string,
  chatId: string,
  isOver: () => boolean,
): Promise<number> {
  const stored: Promise<unknown>[] = []
  for (let i = 0; !isOver(); i++) {
    const sending = await client.messages.send(chatId, { content: `${name} says ${i}` })
    stored.push(sending.stored())
    await sleep(PAUSE_MS)
  }
  await Promise.all(stored)
  return stored.length
}

async function countStored(stack: Stack, chatId: string): Promise<number> {
  const [row] = await ask<{ count: string }>(
    stack.databaseUrl,
    'SELECT count(*) FROM messages WHERE chat_id = $1',
    [chatId],
  )
  return Number(row?.count)
}

/** Nothing lost, doubled, reordered or unproven. */
export function assertWhole({ sent, stored, devices }: Outcome): void {
  const broken = devices.filter(
    (found) =>
      found.missing + found.duplicates + found.orderErrors + found.integrity > 0 || !found.isProven,
  )
  if (sent === stored && sent > 0 && broken.length === 0) return
  throw new Error(`sent ${sent}, stored ${stored}, wrong devices: ${JSON.stringify(broken)}`)
}

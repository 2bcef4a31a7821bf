import { register } from '@sup/types'
import { call, openSocket } from '@sup/testkit'
import { randomBytes } from 'node:crypto'
import { type Stack, startStack } from '../../scripts/stack/stack.js'
import { type Door, openDoor } from '../support/doors.js'

/** A whole system behind nginx with two websocket nodes, for all end-to-end tests. */
export type World = {
  stack: Stack
  /** nginx, seen from two addresses that it sends to different websocket nodes. */
  here: string
  there: string
  /** Processes that ended though nobody ended them. */
  deaths: string[]
  stop: () => Promise<void>
}

const MOST_DOORS = 40

export async function openWorld(): Promise<World> {
  const deaths: string[] = []
  const stack = await startStack({
    kind: 'e2e',
    quiet: true,
    services: { websocket: 2 },
    env: {
      LOG_LEVEL: 'info',
      BCRYPT_ROUNDS: '4',
      RATE_LIMIT_API_PER_MINUTE: '100000',
      RATE_LIMIT_AUTH_PER_MINUTE: '100000',
      RATE_LIMIT_MESSAGES_PER_MINUTE: '100000',
    },
    onDeath: (name, how) => {
      deaths.push(`${name}: ${how}`)
    },
  })
  const doors: Door[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(doors.map((door) => door.close()))
    await stack.stop()
  }
  try {
    const [here, there] = await findDoors(stack, doors)
    return { stack, here: here.url, there: there.url, deaths, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Opens doors until two of them lead to different nodes. */
async function findDoors(stack: Stack, doors: Door[]): Promise<[Door, Door]> {
  const { accessToken } = await call({ url: stack.publicUrl }, register, {
    body: { username: newName('scout'), password: randomBytes(12).toString('base64url') },
  })
  const nodes: string[] = []
  while (doors.length < MOST_DOORS) {
    const door = await openDoor(stack.publicUrl, doors.length + 2)
    doors.push(door)
    nodes.push(await nodeOf(door, accessToken))
    const other = nodes.findIndex((node) => node !== nodes[0])
    const [first] = doors
    const second = doors[other]
    if (first !== undefined && second !== undefined) return [first, second]
  }
  throw new Error(`all of ${MOST_DOORS} addresses lead to the same websocket node`)
}

async function nodeOf(door: Door, token: string): Promise<string> {
  const socket = openSocket({ url: door.url, auth: { token, protocol: 1 } })
  const { nodeId } = await socket.next('authenticated')
  socket.close()
  return nodeId
}

/** A username that nobody has. */
export const newName = (name: string): string => `${name}_${randomBytes(4).toString('hex')}`

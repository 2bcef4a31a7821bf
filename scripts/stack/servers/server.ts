import type { Child, Children } from '../children.js'
import type { Secrets } from '../state.js'

/** What every server starter gets. */
export type ServerNeeds = {
  /** The state folder of the stack; each server keeps its files in a folder of its own below it. */
  folder: string
  children: Children
  secrets: Secrets
  ports: InfraPorts
}

/** Loopback ports of the servers: neighbours, so that one number remembers them all. */
export type InfraPorts = {
  postgres: number
  redis: number
  rabbitmq: number
  rabbitmqDistribution: number
  epmd: number
  s3: number
  monitor: number
  /** First of the eight ports that the object store binds by itself. */
  storage: number
}

/** A server that is there to be ended and brought back by tests of faults. */
export type Restartable = {
  url: string
  /** Ends it with a signal and resolves when it is gone. */
  kill: (signal: NodeJS.Signals) => Promise<void>
  /** Starts it again after `kill`, on the data it had, and waits until it answers. */
  start: () => Promise<void>
}

/** Starts a server, and keeps what is needed to do so again. */
export async function startRestartable(
  children: Children,
  url: string,
  launch: () => Promise<Child>,
): Promise<Restartable> {
  let child = await launch()
  return {
    url,
    kill: async (signal) => {
      children.release(child)
      child.kill(signal)
      await child.exited
    },
    start: async () => {
      child = await launch()
    },
  }
}

/** How many neighbouring ports a stack's servers take. */
export const INFRA_PORTS = 15

/** Names the ports of a block. */
export function namePorts(first: number): InfraPorts {
  return {
    postgres: first,
    redis: first + 1,
    rabbitmq: first + 2,
    rabbitmqDistribution: first + 3,
    epmd: first + 4,
    s3: first + 5,
    monitor: first + 6,
    storage: first + 7,
  }
}

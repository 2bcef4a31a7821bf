import type { Children } from '../children.js'
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

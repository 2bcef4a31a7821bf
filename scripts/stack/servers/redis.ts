import { join } from 'node:path'
import { type Child, type Children, waitUntilReady } from '../children.js'
import { findProgram } from '../packages.js'
import { makeServerFolder, writeServerFile } from '../state.js'
import { ask } from '../wire.js'
import type { ServerNeeds } from './server.js'

export type Redis = {
  url: string
  /** Kills the server as a power cut would. */
  kill9: () => Promise<void>
  /** Starts it again after `kill9`, on the data it had. */
  start: () => Promise<void>
  /** Empties it. */
  flush: () => Promise<void>
}

/** Starts Redis with an append-only file and returns what tests and services need of it. */
export async function startRedis({
  folder,
  children,
  secrets,
  ports,
}: ServerNeeds): Promise<Redis> {
  const home = makeServerFolder(join(folder, 'redis'))
  const config = join(home, 'redis.conf')
  writeServerFile(config, configuration(ports.redis, home, secrets.redisPassword))
  const command = (line: string): string => `AUTH ${secrets.redisPassword}\r\n${line}\r\n`
  const start = async (): Promise<Child> => {
    const child = startChild(children, config)
    await waitUntilReady(
      child,
      async () => (await ask(ports.redis, command('PING'))) === '+OK\r\n+PONG\r\n',
    )
    return child
  }
  let child = await start()
  return {
    url: `redis://:${secrets.redisPassword}@127.0.0.1:${ports.redis}`,
    kill9: async () => {
      children.release(child)
      child.kill('SIGKILL')
      await child.exited
    },
    start: async () => {
      child = await start()
    },
    flush: async () => {
      const answer = await ask(ports.redis, command('FLUSHALL'))
      if (answer !== '+OK\r\n+OK\r\n') throw new Error(`Redis did not flush: ${answer ?? ''}`)
    },
  }
}

function startChild(children: Children, config: string): Child {
  return children.start({
    name: 'redis',
    command: findProgram('redis-server') ?? 'redis-server',
    args: [config],
    layer: 'server',
    stopSignal: 'SIGTERM',
  })
}

/** The password stands in a file, because arguments can be read by every user of the machine. */
function configuration(port: number, home: string, password: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${home}`,
    `requirepass ${password}`,
    'appendonly yes',
    'save ""',
    'daemonize no',
    // Bull and the rate limiter may not lose keys to an eviction.
    'maxmemory-policy noeviction',
    '',
  ].join('\n')
}

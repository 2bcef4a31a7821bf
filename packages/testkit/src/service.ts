import { mediaInternalPort } from '@sup/service-kit/env'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, startChild } from './child.js'
import { inheritedVariables } from './env.js'
import { freePort } from './ports.js'
import { REPOSITORY } from './repository.js'

/** The variable that holds each service's public port, and its others. */
const PORTS = {
  'main-api': { public: 'MAIN_API_PORT', internal: 'MAIN_API_INTERNAL_PORT' },
  'websocket-service': { public: 'WEBSOCKET_PORT', internal: undefined },
  'media-service': { public: 'MEDIA_PORT', internal: undefined },
  'worker-service': { public: 'WORKER_HEALTH_PORT', internal: undefined },
} as const

export type ServiceName = keyof typeof PORTS

/** One service process; `restart` keeps its ports and its configuration. */
export type RunningService = {
  name: ServiceName
  url: string
  /** main-api and media-service only: the listener for other services. */
  internalUrl: string
  pid: () => number
  isRunning: () => boolean
  /** Ends it (SIGKILL unless said otherwise) and resolves with how it ended, such as `code 0`. */
  kill: (signal?: NodeJS.Signals) => Promise<string>
  /** Asks it to shut down (SIGTERM) and waits; fails when it does not end with code 0. */
  stop: () => Promise<void>
  /** Starts it again after `kill` or `stop` and waits until it is ready. */
  restart: () => Promise<void>
  /** The end of what the current process wrote. */
  logTail: () => string
}

const READY_LIMIT_MS = 90_000
const POLL_MS = 50

/**
 * Starts a service of the repository from its sources, on free ports, and waits until it is ready.
 *
 * @param env its whole configuration (wire-contract 16); ports are added unless given. Nothing else
 *   but PATH and the like reaches the process.
 * @throws Error with the end of its log when it ends or is not ready within 90 s.
 */
export async function startService(
  name: ServiceName,
  env: Record<string, string>,
): Promise<RunningService> {
  const { public: publicName, internal: internalName } = PORTS[name]
  const port = env[publicName] ?? String(await freePort())
  const internalPort =
    name === 'media-service'
      ? String(mediaInternalPort(Number(port)))
      : (env[internalName ?? ''] ?? String(await freePort()))
  const ports = { [publicName]: port, ...(internalName && { [internalName]: internalPort }) }
  const variables = { ...inheritedVariables(), ...env, ...ports }
  const url = `http://127.0.0.1:${port}`
  const launch = (): Child =>
    startChild(['--conditions=sup-source', '--import', 'tsx', 'src/main.ts'], {
      cwd: join(REPOSITORY, 'services', name),
      env: variables,
    })

  let child = launch()
  await waitUntilReady(name, child, url)
  const end = async (signal: NodeJS.Signals): Promise<string> => {
    child.signal(signal)
    return child.exited
  }
  return {
    name,
    url,
    internalUrl: `http://127.0.0.1:${internalPort}`,
    pid: () => child.pid,
    isRunning: () => child.isRunning(),
    kill: (signal = 'SIGKILL') => end(signal),
    stop: async () => {
      if (!child.isRunning()) return
      const how = await end('SIGTERM')
      if (how !== 'code 0') throw failure(name, child, `ended with ${how} after SIGTERM`)
    },
    restart: async () => {
      if (child.isRunning()) throw new Error(`${name} still runs: kill or stop it first`)
      child = launch()
      await waitUntilReady(name, child, url)
    },
    logTail: () => child.logTail(),
  }
}

async function waitUntilReady(name: ServiceName, child: Child, url: string): Promise<void> {
  const limit = AbortSignal.timeout(READY_LIMIT_MS)
  while (!(await isReady(url))) {
    if (!child.isRunning()) throw failure(name, child, `ended at start with ${await child.exited}`)
    if (limit.aborted) {
      child.signal('SIGKILL')
      throw failure(name, child, `is not ready after ${READY_LIMIT_MS / 1000} s`)
    }
    await sleep(POLL_MS)
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

function failure(name: ServiceName, child: Child, what: string): Error {
  return new Error(`${name} ${what}; the end of its log:\n${child.logTail()}`)
}

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, type Children, baseEnvironment, waitUntilReady } from './children.js'
import { isPortFree, pickPort } from './ports.js'
import { CHECKOUT } from './state.js'
import { getStatus } from './wire.js'

export type ServiceKey = 'mainApi' | 'websocket' | 'media' | 'worker'
export type ServiceCounts = Record<ServiceKey, number>

export type ServiceName = 'main-api' | 'websocket-service' | 'media-service' | 'worker-service'

/** By then a service that has just begun to listen is connected to servers that are up. */
const CONNECTING_MS = 250

type Definition = {
  name: ServiceName
  ports: { variable: string; preferred: number }[]
  /** The internal listener has no variable of its own: it is this far above the first port. */
  internalAbove?: number
}

/** The first port of each serves health and metrics. The preferred ones are those of the contract. */
export const SERVICES: Record<ServiceKey, Definition> = {
  mainApi: {
    name: 'main-api',
    ports: [
      { variable: 'MAIN_API_PORT', preferred: 3000 },
      { variable: 'MAIN_API_INTERNAL_PORT', preferred: 3010 },
    ],
  },
  websocket: {
    name: 'websocket-service',
    ports: [{ variable: 'WEBSOCKET_PORT', preferred: 3001 }],
  },
  media: {
    name: 'media-service',
    ports: [{ variable: 'MEDIA_PORT', preferred: 3003 }],
    internalAbove: 10,
  },
  worker: {
    name: 'worker-service',
    ports: [{ variable: 'WORKER_HEALTH_PORT', preferred: 3005 }],
  },
}

/** One instance to run: which service, and its ports in the order of its definition. */
export type Instance = { key: ServiceKey; index: number; ports: number[] }

export type RunningService = {
  name: ServiceName
  /** 0 for the first instance of a service. */
  index: number
  port: number
  /** Only main-api and media-service have one. */
  internalPort?: number
  url: string
  logFile: string
  readonly pid: number
  /** Ends it with a signal and resolves with how it ended (`code 0`); nobody starts it again by itself. */
  kill: (signal: NodeJS.Signals) => Promise<string>
  /** Starts it again on the same ports (ending it first when it runs) and waits until it is ready. */
  restart: () => Promise<void>
}

/**
 * Chooses the ports of every instance.
 *
 * @param wantsContractPorts take the contract's ports for first instances where they are free
 */
export async function planInstances(
  counts: ServiceCounts,
  wantsContractPorts: boolean,
): Promise<Instance[]> {
  const instances: Instance[] = []
  const taken = new Set<number>()
  for (const key of Object.keys(SERVICES) as ServiceKey[]) {
    for (let index = 0; index < counts[key]; index += 1) {
      const ports: number[] = []
      const { ports: definitions, internalAbove } = SERVICES[key]
      for (const { preferred } of definitions) {
        const wanted = wantsContractPorts && index === 0 ? preferred : undefined
        const [first, second] = await pickUnplanned(taken, wanted, internalAbove)
        ports.push(first)
        if (second !== undefined) ports.push(second)
      }
      instances.push({ key, index, ports })
    }
  }
  return instances
}

/** One port, and with `above` also the one that is so far above it. */
async function pickUnplanned(
  taken: Set<number>,
  preferred: number | undefined,
  above: number | undefined,
): Promise<[number, number?]> {
  for (let port = await pickPort(preferred); ; port = await pickPort()) {
    const second = above === undefined ? undefined : port + above
    const isSecondFree = second === undefined || (!taken.has(second) && (await isPortFree(second)))
    if (taken.has(port) || !isSecondFree) continue
    taken.add(port)
    if (second === undefined) return [port]
    taken.add(second)
    return [port, second]
  }
}

/** The first ports of all instances of a service. */
export function portsOf(instances: readonly Instance[], key: ServiceKey, position = 0): number[] {
  return instances
    .filter((instance) => instance.key === key)
    .flatMap(({ ports }) => ports[position] ?? [])
}

/** Starts one instance from its compiled code and waits until it says that it is ready. */
export async function startService(
  children: Children,
  instance: Instance,
  environment: Record<string, string>,
): Promise<RunningService> {
  const { name, ports: definitions } = SERVICES[instance.key]
  const [port = 0, internalPort] = instance.ports
  const chosen = definitions.map(({ variable }, at) => [variable, String(instance.ports[at])])
  const env = baseEnvironment({ ...environment, ...Object.fromEntries(chosen) })
  const launch = async (): Promise<Child> => {
    const child = startChild(children, instance, name, env)
    const answers = (path: string) => async () =>
      (await getStatus(`http://127.0.0.1:${port}/health/${path}`)) === 200
    await waitUntilReady(child, answers('live'))
    // A service keeps what it found out for two seconds. Asked the moment it listens, it would say
    // that its connections are not there yet, and go on saying so when they are.
    await sleep(CONNECTING_MS)
    await waitUntilReady(child, answers('ready'))
    return child
  }
  let child = await launch()
  const kill = (signal: NodeJS.Signals): Promise<string> => {
    children.release(child)
    child.kill(signal)
    return child.exited
  }
  return {
    name,
    index: instance.index,
    port,
    ...(internalPort === undefined ? {} : { internalPort }),
    url: `http://127.0.0.1:${port}`,
    logFile: child.logFile,
    get pid() {
      return child.pid
    },
    kill,
    restart: async () => {
      await kill('SIGTERM')
      child = await launch()
    },
  }
}

function startChild(
  children: Children,
  { index }: Instance,
  name: string,
  env: Record<string, string>,
): Child {
  const folder = join(CHECKOUT, 'services', name)
  return children.start({
    name: index === 0 ? name : `${name}-${index}`,
    command: process.execPath,
    args: ['--enable-source-maps', join(folder, 'dist/main.js')],
    env,
    cwd: folder,
    layer: 'service',
    stopSignal: 'SIGTERM',
    // Nothing to drain for when the servers go down with the launcher.
    orphanSignal: 'SIGKILL',
    // The checkout may be readable for its owner alone.
    drop: false,
  })
}

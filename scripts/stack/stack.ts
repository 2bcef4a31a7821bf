import { rmSync } from 'node:fs'
import { buildServices } from './build.js'
import { createChildren, readLogTail } from './children.js'
import { endLeftovers, removeDeadRuns } from './dead-runs.js'
import type { Infra } from './infra.js'
import { takeLock } from './lock.js'
import { ensurePrograms } from './packages.js'
import { pickBlock } from './ports.js'
import { createProgress, silentProgress } from './progress.js'
import type { Redis } from './servers/redis.js'
import type { S3 } from './servers/s3.js'
import type { Restartable } from './servers/server.js'
import { type RunningService, type ServiceCounts, planInstances, portsOf } from './services.js'
import { openState, stateRoot } from './state.js'
import { type Opened, type Stores, startStores } from './stores.js'
import { type SystemPlan, startFront, startInstances, systemEnvironment } from './system.js'

export type { RunningService } from './services.js'

export type StackOptions = {
  /** Names the state folder. `load` runs the services with NODE_ENV=production, others with `test`. */
  kind: 'test' | 'load' | 'demo' | 'e2e' | 'faults'
  /** Instances per service; one of each that is not named. */
  services?: Partial<ServiceCounts>
  /** Added to the environment of every service; RATE_LIMIT_* also set nginx's zones. */
  env?: Record<string, string>
  /** Print no progress (it goes to standard error). */
  quiet?: boolean
  /** False: no nginx, `publicUrl` is that of the first main-api. */
  nginx?: boolean
  /** Told when a process ends that nobody ended; prints to standard error unless given. */
  onDeath?: (name: string, how: string, logTail: string) => void
}

export type Stack = {
  publicUrl: string
  /** The environment that all services share, without the ports they listen on. */
  env: Record<string, string>
  databaseUrl: string
  /** Superuser on the maintenance database. */
  postgresUrl: string
  redisUrl: string
  rabbitmqUrl: string
  s3: S3
  services: RunningService[]
  redis: Redis
  postgres: Restartable
  rabbitmq: Restartable
  /** The state folder; logs are below `logs/`. */
  folder: string
  /** Ends every process and removes the state folder. */
  stop: () => Promise<void>
}

/** The servers alone, with the services' database migrated. */
export type InfraStack = Pick<Stack, 'databaseUrl' | 'postgresUrl' | 'folder' | 'stop'> & {
  infra: Infra
}

type OpenedRun = Opened & { stop: () => Promise<void> }
type RunOptions = Pick<StackOptions, 'kind' | 'quiet' | 'onDeath'>

let runs = 0

/** Starts the servers with a migrated database, in a state folder of their own. */
export async function startInfra(options: RunOptions): Promise<InfraStack> {
  const run = await openRun(options)
  const stores = await stopOnFailure(run, () => startStores(run))
  return { ...stores, postgresUrl: stores.infra.postgresUrl, folder: run.folder, stop: run.stop }
}

/** Starts a whole system of its own: servers, services and nginx, on free ports of this machine. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const run = await openRun(options)
  return stopOnFailure(run, async () => {
    const [stores] = await Promise.all([
      startStores(run),
      run.progress.step('services compiled', buildServices),
    ])
    return startSystem(options, run, stores)
  })
}

async function startSystem(options: StackOptions, run: OpenedRun, stores: Stores): Promise<Stack> {
  const plan = await planSystem(options)
  const env = systemEnvironment(run, stores, plan)
  await startFront(run, plan, env)
  const services = await startInstances(run, plan, env)
  const { infra, databaseUrl } = stores
  return {
    publicUrl: plan.publicUrl,
    env,
    databaseUrl,
    postgresUrl: infra.postgresUrl,
    redisUrl: infra.redis.url,
    rabbitmqUrl: infra.rabbitmqUrl,
    s3: infra.s3,
    services,
    redis: infra.redis,
    postgres: infra.postgres,
    rabbitmq: infra.rabbitmq,
    folder: run.folder,
    stop: run.stop,
  }
}

async function planSystem({ kind, services, env, nginx }: StackOptions): Promise<SystemPlan> {
  const counts = { mainApi: 1, websocket: 1, media: 1, worker: 1, ...services }
  const instances = await planInstances(counts, false)
  const front = nginx === false ? undefined : await pickBlock(2)
  const port = front ?? portsOf(instances, 'mainApi')[0] ?? 0
  return {
    instances,
    ...(front === undefined
      ? {}
      : { nginx: { port: front, addresses: ['127.0.0.1'], internalPort: front + 1 } }),
    publicUrl: `http://127.0.0.1:${port}`,
    otherOrigins: [`http://localhost:${port}`],
    nodeEnv: kind === 'load' ? 'production' : 'test',
    env: { LOG_LEVEL: 'warn', ...env },
  }
}

async function openRun({ kind, quiet, onDeath }: RunOptions): Promise<OpenedRun> {
  const progress = quiet === true ? silentProgress : createProgress(printLine)
  await removeDeadRuns(stateRoot())
  await ensurePrograms(progress)
  runs += 1
  const folder = openState(`${kind}-${process.pid}-${runs}`)
  const lock = takeLock(folder)
  if ('holder' in lock) throw new Error(`${folder} is in use by process ${lock.holder.pid}`)
  await endLeftovers(folder)
  const children = createChildren(folder)
  children.onDeath((child, how) => {
    const tell = onDeath ?? printDeath
    tell(child.name, how, readLogTail(child.logFile))
  })
  const stop = async (): Promise<void> => {
    await children.stopAll()
    lock.release()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, children, progress, stop }
}

/** What cannot be started leaves nothing behind but its error. */
async function stopOnFailure<T>(run: OpenedRun, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    await run.stop()
    throw error
  }
}

function printDeath(name: string, how: string, logTail: string): void {
  printLine(`${name} ended by itself (${how}); the end of its log:\n${logTail}`)
}

function printLine(line: string): void {
  process.stderr.write(`${line}\n`)
}

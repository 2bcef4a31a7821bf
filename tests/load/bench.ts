import { systemClock } from '@sup/service-kit/clock'
import { signAccessToken } from '@sup/service-kit/http'
import { type Stack, startStack } from '../../scripts/stack/stack.js'
import type { WorkloadName } from './arguments.js'
import { type CpuSeconds, readCpu, spentBetween } from './cpu.js'
import { type Generator, type Mark, startGenerator } from './generator-process.js'
import type { Crowd } from './generator/protocol.js'
import { type Population, interleave, planPopulation } from './population.js'
import { storePopulation } from './population-store.js'

/** A system with people in it. */
export type Stage = { stack: Stack; population: Population; crowd: Crowd }

/** A stage, and the generator that knows its people. */
export type Bench = Stage & {
  generator: Generator
  /** Runs something and gives the CPU seconds of all servers between its two marks. */
  measure: <T>(run: (mark: Mark) => Promise<T>) => Promise<{ result: T; cpu: CpuSeconds }>
  stop: () => Promise<void>
}

/** Rates that no workload reaches; everything else is what production has. */
const RAISED_LIMITS = {
  RATE_LIMIT_API_PER_MINUTE: '1000000',
  RATE_LIMIT_AUTH_PER_MINUTE: '1000000',
  RATE_LIMIT_MESSAGES_PER_MINUTE: '10000000',
}

const TOKEN_SECONDS = 900

/** Starts a system of its own and puts the people of a workload into its database. */
export async function openStage(
  workload: WorkloadName,
  options: { direct: boolean; say: (line: string) => void; env?: Record<string, string> },
): Promise<Stage> {
  const stack = await startStack({
    kind: 'load',
    env: { LOG_LEVEL: 'info', BCRYPT_ROUNDS: '12', ...RAISED_LIMITS, ...options.env },
  })
  try {
    const population = planPopulation(workload)
    await storePopulation(stack.databaseUrl, population)
    const { users, chats } = population
    options.say(`${users.length} people in ${chats.length} chats`)
    const crowd: Crowd = {
      url: options.direct ? websocketUrl(stack) : stack.publicUrl,
      users: users.map((user) => ({
        id: user.id,
        chat: user.chat,
        token: signToken(stack, user),
      })),
      chats,
      senders: interleave(population),
    }
    return { stack, population, crowd }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

/** A stage with the generator in place. */
export async function openBench(
  workload: WorkloadName,
  options: { direct: boolean; say: (line: string) => void },
): Promise<Bench> {
  const stage = await openStage(workload, options)
  const generator = startGenerator()
  const stop = async (): Promise<void> => {
    await generator.stop()
    await stage.stack.stop()
  }
  try {
    await generator.meet(stage.crowd)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...stage, generator, measure: createMeasure(stage.stack, generator), stop }
}

function createMeasure(stack: Stack, generator: Generator): Bench['measure'] {
  const names = new Map(stack.services.map(({ pid, name }) => [pid, name]))
  return async (run) => {
    const readings: CpuSeconds[] = []
    const result = await run(() => {
      readings.push(readCpu(names, [generator.pid]))
    })
    const [before, after] = readings
    if (before === undefined || after === undefined) throw new Error('the run was not marked')
    return { result, cpu: spentBetween(before, after) }
  }
}

function websocketUrl({ services }: Stack): string {
  const node = services.find(({ name }) => name === 'websocket-service')
  if (node === undefined) throw new Error('the stack has no websocket node')
  return node.url
}

function signToken({ env }: Stack, user: Population['users'][number]): string {
  return signAccessToken(
    { userId: user.id, sessionId: user.sessionId, deviceId: user.deviceId },
    {
      secret: env['JWT_SECRET'] ?? '',
      issuer: env['JWT_ISSUER'] ?? 'sup-messenger',
      clock: systemClock,
      expiresInSeconds: TOKEN_SECONDS,
    },
  )
}

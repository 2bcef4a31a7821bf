import { systemClock } from '@sup/service-kit/clock'
import { signAccessToken } from '@sup/service-kit/http'
import { type Stack, startStack } from '../../scripts/stack/stack.js'
import type { WorkloadName } from './arguments.js'
import { type CpuSeconds, readCpu, spentBetween } from './cpu.js'
import { type Generator, type Mark, startGenerator } from './generator-process.js'
import { type Population, interleave, planPopulation } from './population.js'
import { storePopulation } from './population-store.js'

/** A system with people in it, and the generator that knows them. */
export type Bench = {
  stack: Stack
  population: Population
  generator: Generator
  /** Runs something and gives the CPU seconds of all servers between its two marks. */
  measure: <T>(run: (mark: Mark) => Promise<T>) => Promise<{ result: T; cpu: CpuSeconds }>
  stop: () => Promise<void>
}

/** Rates that no workload reaches; everything else is what production has. */
export const RAISED_LIMITS = {
  RATE_LIMIT_API_PER_MINUTE: '1000000',
  RATE_LIMIT_AUTH_PER_MINUTE: '1000000',
  RATE_LIMIT_MESSAGES_PER_MINUTE: '10000000',
}

const TOKEN_SECONDS = 900

/** Starts a system of its own, puts the people of a workload into its database, and the generator. */
export async function openBench(
  workload: WorkloadName,
  options: { direct: boolean; say: (line: string) => void },
): Promise<Bench> {
  const stack = await startStack({
    kind: 'load',
    env: { LOG_LEVEL: 'info', BCRYPT_ROUNDS: '12', ...RAISED_LIMITS },
  })
  const generator = startGenerator()
  const stop = async (): Promise<void> => {
    await generator.stop()
    await stack.stop()
  }
  try {
    const population = planPopulation(workload)
    await storePopulation(stack.databaseUrl, population)
    await generator.meet({
      url: options.direct ? websocketUrl(stack) : stack.publicUrl,
      users: population.users.map((user) => ({
        id: user.id,
        chat: user.chat,
        token: signToken(stack, user),
      })),
      chats: population.chats,
      senders: interleave(population),
    })
    options.say(`${population.users.length} people in ${population.chats.length} chats`)
    return { stack, population, generator, measure: createMeasure(stack, generator), stop }
  } catch (error) {
    await stop()
    throw error
  }
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

import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadOptions } from './arguments.js'
import type { Bench } from './bench.js'
import { residentKib, totalOf } from './cpu.js'
import type { Result, Say } from './figures.js'

const CONNECTIONS_PER_SECOND = 1500
const IDLE_SECONDS = 10

/** Runs W4: people who are there and silent. */
export async function runIdle(bench: Bench, options: LoadOptions, say: Say): Promise<Result> {
  const { stack, population, generator } = bench
  const connections = population.users.length
  const node = stack.services.find(({ name }) => name === 'websocket-service')?.pid ?? -1
  const kibBefore = residentKib(node)
  const { result: report, cpu } = await bench.measure(async (mark) => {
    mark('begun')
    const connected = await generator.connect(CONNECTIONS_PER_SECOND)
    mark('over')
    return connected
  })
  const kib = (residentKib(node) - kibBefore) / connections
  say(`${connections} connections in ${report.seconds.toFixed(1)} s`)
  const seconds = options.seconds ?? IDLE_SECONDS
  const idle = await bench.measure(async (mark) => {
    mark('begun')
    await sleep(seconds * 1000)
    mark('over')
  })
  return {
    figures: {
      msgsPerSecond: 0,
      ackP50Ms: 0,
      ackP99Ms: 0,
      deliveryP50Ms: 0,
      deliveryP99Ms: 0,
      cpuSecondsPer1kDeliveries: 0,
      lost: 0,
      duplicates: 0,
      orderErrors: 0,
    },
    more: {
      connections,
      connectSeconds: report.seconds,
      connectP50Ms: report.p50Ms,
      connectP99Ms: report.p99Ms,
      cpuMsPerConnection: (totalOf(cpu) * 1000) / connections,
      kibPerConnection: kib,
      idleCpuPercent: (totalOf(idle.cpu) * 100) / seconds,
    },
    cpu,
    failures: [],
  }
}

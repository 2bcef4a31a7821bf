import type { LoadOptions } from './arguments.js'
import type { Bench } from './bench.js'
import type { CpuSeconds } from './cpu.js'
import { measureFloor } from './floor.js'
import { type Figures, type Result, type Say, faultsOf, perThousand } from './figures.js'
import type { TrafficPlan, TrafficReport } from './generator/protocol.js'
import { countStored } from './population-store.js'
import { type Tried, bestOf, searchHighest } from './search.js'

type Measured = { report: TrafficReport; cpu: CpuSeconds; figures: Figures }

const CONNECTIONS_PER_SECOND = 500
const GOOD_P99_MS = 100
/** Below this share of the asked rate the system is not keeping up, whatever the delays are. */
const KEPT_UP = 0.95
const SEARCH_LIMIT_MS = 215_000
const RUN_SECONDS = 10
const STEP_SECONDS = 5
const LIGHT_RATE = 50

/** Runs W1, W2 or W3: people who write to each other. */
export async function runMessages(bench: Bench, options: LoadOptions, say: Say): Promise<Result> {
  const { seconds } = await bench.generator.connect(CONNECTIONS_PER_SECOND)
  say(`${bench.population.users.length} connections in ${seconds.toFixed(1)} s`)
  if (options.mode === 'rate') return runOnce(bench, options.rate, options)
  const result =
    options.mode === 'closed'
      ? await runOnce(bench, 'closed', options)
      : await runSearch(bench, options, say)
  return besideFloor(bench, result)
}

async function runOnce(
  bench: Bench,
  rate: TrafficPlan['rate'],
  { seconds = RUN_SECONDS }: LoadOptions,
): Promise<Result> {
  const run = await traffic(bench, { rate, warmUpMs: 2000, measureMs: seconds * 1000 })
  return conclude(bench, run, { acknowledged: run.report.acknowledged })
}

/** The same crowd on Socket.IO alone, while the system is idle. */
async function besideFloor(bench: Bench, result: Result): Promise<Result> {
  await bench.generator.disconnect()
  const floor = await measureFloor(bench.crowd)
  const { cpuSecondsPer1kDeliveries } = result.figures
  return {
    ...result,
    more: {
      ...result.more,
      floorMsgsPerSecond: floor.msgsPerSecond,
      floorCpuSecondsPer1kDeliveries: floor.cpuSecondsPer1kDeliveries,
      timesFloorCpu: cpuSecondsPer1kDeliveries / floor.cpuSecondsPer1kDeliveries,
    },
  }
}

async function runSearch(bench: Bench, options: LoadOptions, say: Say): Promise<Result> {
  const end = performance.now() + SEARCH_LIMIT_MS
  const stepMs = (options.seconds ?? STEP_SECONDS) * 1000
  const runs: Measured[] = []
  const run = async (rate: TrafficPlan['rate'], measureMs = stepMs): Promise<Measured> => {
    const measured = await traffic(bench, { rate, warmUpMs: 1500, measureMs })
    runs.push(measured)
    return measured
  }
  const light = options.workload === 'W1' ? await run(LIGHT_RATE) : undefined
  if (light !== undefined) say(`light load ${line(light)}`)
  const closed = await run('closed', 3000)
  say(`closed loop ${line(closed)}`)
  const tried = await searchHighest<Measured>({
    start: closed.report.msgsPerSecond / 2,
    isOver: () => performance.now() + stepMs + 3000 > end,
    tryRate: async (rate) => {
      const report = await run(rate)
      const isGood = isGoodAt(rate, report)
      say(`${String(rate).padStart(6)}/s ${isGood ? 'good' : 'bad '} ${line(report)}`)
      return { isGood, report }
    },
  })
  const best = bestOf(tried)
  const acknowledged = runs.reduce((sum, { report }) => sum + report.acknowledged, 0)
  const result = await conclude(bench, best?.report ?? closed, { acknowledged })
  return {
    ...result,
    more: { ...result.more, ...lightFigures(light) },
    failures: [
      ...result.failures,
      ...(best === undefined ? ['no rate was good'] : []),
      ...faultsOfSteps(tried),
    ],
  }
}

/** What one feels when hardly anybody writes. */
const lightFigures = (light: Measured | undefined): Record<string, number> =>
  light === undefined
    ? {}
    : {
        lightLoadP50Ms: light.figures.deliveryP50Ms,
        lightLoadP99Ms: light.figures.deliveryP99Ms,
      }

async function traffic(bench: Bench, plan: TrafficPlan): Promise<Measured> {
  const { result: report, cpu } = await bench.measure((mark) => bench.generator.traffic(plan, mark))
  const { lost, duplicates, orderErrors } = report
  const figures: Figures = {
    msgsPerSecond: report.msgsPerSecond,
    ackP50Ms: report.ackP50Ms,
    ackP99Ms: report.ackP99Ms,
    deliveryP50Ms: report.deliveryP50Ms,
    deliveryP99Ms: report.deliveryP99Ms,
    cpuSecondsPer1kDeliveries: perThousand(cpu, report.deliveries),
    lost,
    duplicates,
    orderErrors,
  }
  return { report, cpu, figures }
}

function isGoodAt(rate: number, { report, figures }: Measured): boolean {
  const isComplete = report.repaired === 0 && report.unanswered === 0
  const isRefused = Object.keys(report.refused).length > 0
  return (
    isComplete &&
    !isRefused &&
    faultsOf(figures).length === 0 &&
    figures.deliveryP99Ms < GOOD_P99_MS &&
    figures.msgsPerSecond >= rate * KEPT_UP
  )
}

/** Too much load may be slow, but it must not lose, repeat or reorder anything either. */
const faultsOfSteps = (tried: readonly Tried<Measured>[]): string[] =>
  tried.flatMap(({ rate, report }) =>
    faultsOf(report.figures).map((fault) => `at ${rate}/s: ${fault}`),
  )

async function conclude(
  bench: Bench,
  { report, cpu, figures }: Measured,
  sent: { acknowledged: number },
): Promise<Result> {
  const stored = await countStored(bench.stack.databaseUrl)
  const refused = Object.entries(report.refused).map(([code, count]) => `${count} sends: ${code}`)
  return {
    figures,
    more: { repaired: report.repaired, generatorLoad: report.generatorLoad },
    cpu,
    failures: [
      ...faultsOf(figures),
      ...refused,
      ...(report.unanswered > 0 ? [`${report.unanswered} sends were never answered`] : []),
      ...(stored.brokenLogs > 0 ? [`${stored.brokenLogs} chats have gaps in their log`] : []),
      ...(stored.messages < sent.acknowledged
        ? [`${sent.acknowledged} messages acknowledged, ${stored.messages} stored`]
        : []),
    ],
  }
}

function line({ figures, report }: Measured): string {
  const { msgsPerSecond, ackP99Ms, deliveryP50Ms, deliveryP99Ms } = figures
  const notes = [
    ...(report.repaired > 0 ? [`repaired ${report.repaired}`] : []),
    ...(report.unanswered > 0 ? [`unanswered ${report.unanswered}`] : []),
    ...Object.entries(report.refused).map(([code, count]) => `${code} ${count}`),
    ...faultsOf(figures),
  ]
  return [
    `${msgsPerSecond.toFixed(0)} msgs/s, delivery p50 ${deliveryP50Ms.toFixed(1)} ms`,
    `p99 ${deliveryP99Ms.toFixed(1)} ms, ack p99 ${ackP99Ms.toFixed(1)} ms`,
    `CPU ${figures.cpuSecondsPer1kDeliveries.toFixed(4)} s/1k, generator ${(report.generatorLoad * 100).toFixed(0)} %`,
    ...notes,
  ].join(', ')
}

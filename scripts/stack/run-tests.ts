import type { ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKS } from './checks.js'
import { type Counts, printCounts, sumCounts } from './counts.js'
import { testVariables } from './infra-variables.js'
import { runJest } from './run-jest.js'
import { StackError, describeError } from './stack-error.js'
import { type InfraStack, startInfra } from './stack.js'
import { type Suite, findSuites } from './suites.js'
import { onSignal } from './until-signal.js'

const CHECK_SUITE = 'check'

type Run = { infra?: InfraStack; jest?: ChildProcess; isInterrupted: boolean }

const run: Run = { isInterrupted: false }

onSignal(
  () => {
    run.isInterrupted = true
    print('stopping …')
    run.jest?.kill('SIGTERM')
  },
  () => {
    run.jest?.kill('SIGKILL')
    process.exit(130)
  },
)

const failed = await main().catch((error: unknown) => {
  print(describeError(error))
  return true
})
await run.infra?.stop()
process.exit(run.isInterrupted ? 130 : failed ? 1 : 0)

/** Runs the suites that were asked for; true when something failed. */
async function main(): Promise<boolean> {
  const suites = chooseSuites(process.argv.slice(2))
  print('starting PostgreSQL, Redis, RabbitMQ and S3 for this run')
  const infra = await startInfra({ kind: 'test', quiet: true })
  run.infra = infra
  const env = testVariables(infra.infra)
  const counts: Counts[] = []
  for (const suite of suites) {
    if (run.isInterrupted) break
    counts.push(await runSuite(suite, env, infra.folder))
  }
  const total = sumCounts(counts)
  if (!run.isInterrupted) print(printCounts(total))
  return total.failed > 0 || total.passed === 0
}

type AnySuite = Suite | typeof CHECK_SUITE

function chooseSuites(args: readonly string[]): AnySuite[] {
  const all: AnySuite[] = [CHECK_SUITE, ...findSuites()]
  if (args.length === 0) return all
  const [flag, name] = args
  const found = all.filter((suite) => nameOf(suite) === name)
  if (flag !== '--suite' || name === undefined || args.length > 2) {
    throw new StackError('npm test takes no arguments but --suite NAME', 'npm test -- --suite e2e')
  }
  if (found.length === 0) {
    throw new StackError(`There is no suite ${name}`, `one of: ${all.map(nameOf).join(', ')}`)
  }
  return found
}

function nameOf(suite: AnySuite): string {
  return suite === CHECK_SUITE ? suite : suite.name
}

/** Runs one suite and prints its line, and what it said when something failed. */
async function runSuite(
  suite: AnySuite,
  env: Record<string, string>,
  folder: string,
): Promise<Counts> {
  const startedAt = Date.now()
  const seconds = (): string => ((Date.now() - startedAt) / 1000).toFixed(1)
  const reminder = setInterval(() => {
    print(`${nameOf(suite)}: running for ${seconds()} s`)
  }, 30_000)
  try {
    const { counts, output } = await (suite === CHECK_SUITE
      ? runChecks(env)
      : runTests(suite, env, folder))
    if (counts.failed > 0) print(output.trimEnd())
    print(`${nameOf(suite)}: ${printCounts(counts)} (${seconds()} s)`)
    return counts
  } finally {
    clearInterval(reminder)
  }
}

function runTests(
  suite: Suite,
  env: Record<string, string>,
  folder: string,
): Promise<{ counts: Counts; output: string }> {
  const reports = join(folder, 'reports')
  mkdirSync(reports, { recursive: true })
  return runJest(suite, env, reports, (child) => {
    run.jest = child
  })
}

/** First what compiles for the others, then these at once: lint alone takes one of two processors. */
async function runChecks(env: Record<string, string>): Promise<{ counts: Counts; output: string }> {
  const [first, ...others] = CHECKS
  const results = [await first.run(env), ...(await Promise.all(others.map(({ run }) => run(env))))]
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  let output = ''
  for (const [index, result] of results.entries()) {
    const name = CHECKS[index]?.name ?? ''
    if ('skipped' in result) {
      counts.skipped += 1
      print(`  ${name}: skipped, ${result.skipped}`)
    } else if (result.passed) {
      counts.passed += 1
    } else {
      counts.failed += 1
      output += `--- ${name}\n${result.output.trimEnd()}\n`
    }
  }
  return { counts, output }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

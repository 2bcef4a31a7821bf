import { CHECKS, type CheckResult } from './checks.js'
import { findRunningStack } from './running-stack.js'
import { describeError } from './stack-error.js'

// `pnpm check`: everything that can be said about the source without running it.
await main().catch((error: unknown) => {
  print(describeError(error))
  process.exitCode = 1
})

async function main(): Promise<void> {
  const env = { ...findRunningStack()?.test, ...testVariablesOfCaller() }
  for (const check of CHECKS) {
    const startedAt = Date.now()
    const result = await check.run(env)
    print(
      `${check.name}: ${describeResult(result)} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`,
    )
    if ('passed' in result && !result.passed) {
      print(result.output.trimEnd())
      process.exitCode = 1
    }
  }
}

function describeResult(result: CheckResult): string {
  if ('skipped' in result) return `skipped, ${result.skipped}`
  return result.passed ? 'ok' : 'FAILED'
}

function testVariablesOfCaller(): Record<string, string> {
  const url = process.env['SUP_TEST_DATABASE_URL']
  return url === undefined ? {} : { SUP_TEST_DATABASE_URL: url }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

import { runArtillery } from './artillery.js'
import { type LoadOptions, type WorkloadName, readArguments } from './arguments.js'
import { type Bench, openBench } from './bench.js'
import { runComeBack } from './come-back.js'
import type { Result } from './figures.js'
import { runIdle } from './idle.js'
import { checkOpenFiles } from './machine.js'
import { runMessages } from './messages.js'
import { runUploads } from './uploads.js'
import { appendResult, printJson, printTable } from './report.js'

// npm run load -- W1|W2|W3|W4|W5 [--json] [--mode search|closed|rate] [--rate N]
// Figures go to standard output, progress to standard error. Exit code 1: something was lost, repeated,
// reordered or refused; 2: wrong usage.

const MOST_CONNECTIONS = 5000

function say(line: string): void {
  process.stderr.write(`         ${line}\n`)
}

async function main(): Promise<number> {
  const options = usage()
  if (options === undefined) return 2
  const { workload } = options
  if (workload === 'artillery') return runArtillery(say)
  if (workload === 'uploads') return runUploads(say)
  if (workload === 'W4') checkOpenFiles(MOST_CONNECTIONS)
  const bench = await openBench(workload, { direct: options.direct, say })
  const stop = stopOnSignal(bench)
  const result = await run(bench, workload, options).finally(stop)
  process.stderr.write(`${printTable(options, result)}\n`)
  if (options.json) process.stdout.write(`${printJson(result)}\n`)
  appendResult(options, result)
  return result.failures.length === 0 ? 0 : 1
}

function usage(): LoadOptions | undefined {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return undefined
  }
}

function run(bench: Bench, workload: WorkloadName, options: LoadOptions): Promise<Result> {
  if (workload === 'W4') return runIdle(bench, options, say)
  if (workload === 'W5') return runComeBack(bench, say)
  return runMessages(bench, options, say)
}

/** Returns the bench's end, which Ctrl-C brings about too. */
function stopOnSignal(bench: Bench): () => Promise<void> {
  const end = (): void => {
    void bench.stop().finally(() => process.exit(130))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  return async () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await bench.stop()
  }
}

process.exitCode = await main()

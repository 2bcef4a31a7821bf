import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Counts, countJest } from './counts.js'
import { CHECKOUT } from './state.js'
import type { Suite } from './suites.js'

/** Longer than any suite may take; a hung one must not hang the whole run. */
const LIMIT_MS = 30 * 60_000

export type JestRun = { counts: Counts; output: string }

/**
 * Runs one suite in a jest process of its own and counts its tests.
 *
 * @param reportFolder a folder for jest's own report
 * @param onStart is given the process, so that it can be ended with the run
 */
export async function runJest(
  suite: Suite,
  env: Record<string, string>,
  reportFolder: string,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<JestRun> {
  const report = join(reportFolder, `${suite.name.replaceAll('/', '-')}.json`)
  const child = spawn(
    process.execPath,
    jestArguments([
      '--json',
      `--outputFile=${report}`,
      '--ci',
      '--forceExit',
      '--runTestsByPath',
      ...suite.files,
    ]),
    {
      cwd: CHECKOUT,
      env: jestEnvironment(env),
      // With --json the same report goes to standard output; what people read goes to standard error.
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  onStart(child)
  const limit = setTimeout(() => {
    child.kill('SIGKILL')
  }, LIMIT_MS)
  let output = ''
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  const code = await exitCodeOf(child)
  clearTimeout(limit)
  return { counts: countJest(readReport(report), code), output }
}

/** Runs jest on files with its own output on this terminal; resolves with its exit code. */
export function runJestOnTerminal(
  args: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const options = { cwd: CHECKOUT, env: jestEnvironment(env), stdio: 'inherit' as const }
  return exitCodeOf(spawn(process.execPath, jestArguments(args), options))
}

function jestArguments(args: readonly string[]): string[] {
  const jest = join(CHECKOUT, 'node_modules/jest/bin/jest.js')
  // Two workers: the tests share this machine with the servers they talk to.
  return [jest, '--config', join(CHECKOUT, 'jest.config.mjs'), '--maxWorkers=2', ...args]
}

function jestEnvironment(env: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...env, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' }
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      resolve(code ?? 1)
    })
  })
}

function readReport(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

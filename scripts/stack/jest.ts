import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { testVariables } from './infra-variables.js'
import { runJestOnTerminal } from './run-jest.js'
import { findRunningStack } from './running-stack.js'
import { StackError, describeError } from './stack-error.js'
import { startInfra } from './stack.js'
import { CHECKOUT } from './state.js'
import { findTests } from './suites.js'

// `node scripts/jest.mjs FOLDER [JEST OPTIONS]`: the tests of one package, for daily work.
process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`)
  return 1
})
process.exit()

async function main(): Promise<number> {
  const [folder, ...options] = process.argv.slice(2)
  if (folder === undefined) {
    throw new StackError('Which tests?', 'node scripts/jest.mjs FOLDER [JEST OPTIONS]')
  }
  const args = ['--runTestsByPath', ...listTests(resolve(CHECKOUT, folder)), ...options]
  const known = findVariables()
  if (known !== undefined) return runJestOnTerminal(args, known)
  const infra = await startInfra({ kind: 'test' })
  try {
    return await runJestOnTerminal(args, testVariables(infra.infra))
  } finally {
    await infra.stop()
  }
}

function listTests(path: string): string[] {
  const files = path.endsWith('.test.ts') && existsSync(path) ? [path] : findTests(path)
  if (files.length === 0)
    throw new StackError(`${path} has no tests`, 'name a folder with *.test.ts')
  return files
}

/** Servers that run already: those of the caller's environment, else of this checkout's npm start. */
function findVariables(): Record<string, string> | undefined {
  if (process.env['SUP_TEST_DATABASE_URL'] !== undefined) return {}
  return findRunningStack()?.test
}

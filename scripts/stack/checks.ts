import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.js'
import { findProgram } from './packages.js'
import { CHECKOUT } from './state.js'

/** One thing that must hold of the source: `skipped` says why it could not be looked at. */
export type CheckResult = { passed: true } | { passed: false; output: string } | { skipped: string }

export type Check = { name: string; run: (env: Record<string, string>) => Promise<CheckResult> }

/** In the order in which a failure is most worth knowing. The first also compiles what others need. */
export const CHECKS: readonly [Check, ...Check[]] = [
  tool('types', 'typescript/bin/tsc', ['-b']),
  tool('lint', 'eslint/bin/eslint.js', ['.', ...cacheAt('eslint/')]),
  tool('arrows', 'dependency-cruiser/bin/dependency-cruise.mjs', [
    ...['packages', 'services', 'clients', 'tests', 'scripts'],
    ...['--config', '.dependency-cruiser.cjs'],
  ]),
  tool('format', 'prettier/bin/prettier.cjs', [
    ...['--check', '.', '--log-level', 'warn'],
    ...cacheAt('prettier/.prettier-cache'),
  ]),
  { name: 'generated docs', run: (env) => runScript('scripts/print-docs.ts', ['--check'], env) },
  { name: 'schema dump', run: checkSchema },
]

function cacheAt(name: string): string[] {
  return ['--cache', '--cache-location', `node_modules/.cache/${name}`]
}

function tool(name: string, program: string, args: readonly string[]): Check {
  const path = join(CHECKOUT, 'node_modules', program)
  return { name, run: async () => judge(await runProgram(process.execPath, [path, ...args])) }
}

/** The dump is compared with that of a scratch database, so this one needs a server and its tools. */
async function checkSchema(env: Record<string, string>): Promise<CheckResult> {
  if (env['SUP_TEST_DATABASE_URL'] === undefined) {
    return { skipped: 'no database; start one with: npm start -- --only infra' }
  }
  if (findProgram('pg_dump') === undefined) {
    return { skipped: 'no pg_dump; install the PostgreSQL client programs' }
  }
  return runScript('scripts/migrate.ts', ['dump', '--check'], env)
}

async function runScript(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<CheckResult> {
  const path = join(CHECKOUT, program)
  if (!existsSync(path)) return { skipped: `${program} does not exist` }
  const node = ['--conditions=sup-source', '--import', 'tsx', path]
  return judge(await runProgram(process.execPath, [...node, ...args], env))
}

function judge({ code, output }: { code: number; output: string }): CheckResult {
  return code === 0 ? { passed: true } : { passed: false, output }
}

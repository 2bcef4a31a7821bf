import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lock, takeLock } from './lock.js'
import { runProgram } from './run-program.js'
import { StackError } from './stack-error.js'
import { CHECKOUT, stateRoot } from './state.js'

/** The command-line client too: from its sources it takes three times as long to start. */
const PROJECTS = [
  'services/main-api',
  'services/websocket-service',
  'services/media-service',
  'services/worker-service',
  'clients/cli',
]

/**
 * Compiles the services, the command-line client and the packages they use. What has not changed is not compiled again, so
 * this takes about a second when there is nothing to do.
 *
 * @throws StackError with the compiler's output
 */
export async function buildServices(): Promise<void> {
  // npm test has built before it starts the suites that start stacks.
  if (process.env['SUP_STACK_IS_BUILT'] === '1') return
  const lock = await waitForBuildLock()
  try {
    const compiler = join(CHECKOUT, 'node_modules/typescript/bin/tsc')
    const projects = PROJECTS.map((path) => join(CHECKOUT, path))
    const { code, output } = await runProgram(process.execPath, [compiler, '-b', ...projects])
    if (code !== 0) {
      throw new StackError(
        `The services do not compile:\n${output.slice(0, 4000)}`,
        'correct the errors above',
      )
    }
  } finally {
    lock.release()
  }
}

/** Two stacks that start at the same moment must not write the same files. */
async function waitForBuildLock(): Promise<Lock> {
  const folder = join(stateRoot(), 'build')
  mkdirSync(folder, { recursive: true })
  for (;;) {
    const lock = takeLock(folder)
    if ('release' in lock) return lock
    await sleep(100)
  }
}

import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lock, takeLock } from './lock.js'
import { StackError } from './stack-error.js'
import { CHECKOUT, stateRoot } from './state.js'

const SERVICES = ['main-api', 'websocket-service', 'media-service', 'worker-service']

/**
 * Compiles the services and the packages they use. What has not changed is not compiled again, so
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
    const projects = SERVICES.map((name) => join(CHECKOUT, 'services', name))
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

/** Runs a program of the checkout to its end and collects what it prints. */
export function runProgram(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const options = { cwd: CHECKOUT, env: { ...process.env, ...env } }
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (data: Buffer): void => {
      output += data.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code: code ?? 1, output })
    })
  })
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

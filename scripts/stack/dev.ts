import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { baseEnvironment, withRights } from './children.js'
import { findRunningStack } from './running-stack.js'
import { StackError, describeError } from './stack-error.js'
import { CHECKOUT } from './state.js'
import { onSignal } from './until-signal.js'

// `node scripts/dev.mjs SERVICE`: one service from its source, started again when a source changes.
try {
  main()
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`)
  process.exitCode = 1
}

function main(): void {
  const [service = ''] = process.argv.slice(2)
  const program = join(CHECKOUT, 'services', service, 'src/main.ts')
  if (service === '' || !existsSync(program)) {
    throw new StackError(`There is no service '${service}'`, 'node scripts/dev.mjs main-api')
  }
  const stack = findRunningStack()
  if (stack === undefined) {
    throw new StackError(
      'The local stack does not run',
      'npm start -- --only infra, in another terminal',
    )
  }
  const node = ['--watch', '--conditions=sup-source', '--import', 'tsx', program]
  const [command, ...args] = withRights({
    command: process.execPath,
    args: node,
    signal: 'SIGTERM',
    drop: false,
  })
  // Detached: Ctrl-C of the terminal must not reach the service twice, or it would give up draining.
  const child = spawn(command, args, {
    cwd: join(CHECKOUT, 'services', service),
    env: baseEnvironment(stack.services),
    stdio: 'inherit',
    detached: true,
  })
  onSignal(
    () => child.kill('SIGTERM'),
    () => child.kill('SIGKILL'),
  )
  child.once('exit', (code) => {
    process.exit(code ?? 1)
  })
}

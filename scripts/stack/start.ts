import { type Children, createChildren, readLogTail } from './children.js'
import { endLeftovers, removeDeadRuns } from './dead-runs.js'
import { takeLock } from './lock.js'
import { ensurePrograms } from './packages.js'
import { describeProcess } from './process-table.js'
import { createProgress } from './progress.js'
import { findRunningStack, forgetStack } from './running-stack.js'
import { StackError, describeError } from './stack-error.js'
import { START_HELP, type StartOptions, readStartOptions } from './start-options.js'
import { runSystem } from './start-system.js'
import { CHECKOUT, openState, stateRoot } from './state.js'
import type { Opened } from './stores.js'
import { onSignal } from './until-signal.js'

const progress = createProgress(print)

// Named in the messages of other clones that meet our ports.
process.title = `sup start ${CHECKOUT}`

// An explicit end: watchers and idle connections must not hold a launcher whose work is done.
process.exit(await main().then(() => 0, reportFailure))

function reportFailure(error: unknown): number {
  print(`\n${describeError(error)}`)
  return 1
}

async function main(): Promise<void> {
  const options = readStartOptions(process.argv.slice(2))
  if (options.help) {
    print(START_HELP)
    return
  }
  const startedAt = Date.now()
  const folder = openState('start')
  const lock = takeLock(folder)
  if ('holder' in lock) {
    const address = findRunningStack(folder)?.publicUrl ?? 'still starting'
    throw new StackError(
      `npm start of this checkout runs already (${address}): ${describeProcess(lock.holder.pid)}`,
      `stop it first (Ctrl-C there, or kill ${lock.holder.pid})`,
    )
  }
  try {
    await runLocked(folder, options, startedAt)
  } finally {
    forgetStack(folder)
    lock.release()
  }
}

async function runLocked(folder: string, options: StartOptions, startedAt: number): Promise<void> {
  await endLeftovers(folder)
  await removeDeadRuns(stateRoot())
  const children = createChildren(folder)
  const end = waitForEnd(children)
  try {
    // Waited for even when somebody asks to end: an installation is not left half done.
    await ensurePrograms(progress)
    await Promise.race([end, bringUp({ folder, children, progress }, options, startedAt)])
    await end
  } finally {
    await progress.step('stopped', children.stopAll)
  }
}

async function bringUp(opened: Opened, options: StartOptions, startedAt: number): Promise<void> {
  await runSystem(opened, options)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  print(`\n  Up after ${seconds} s. State and logs: ${opened.folder}. Ctrl-C stops everything.\n`)
}

/** Resolves when somebody asks to end; rejects when a child ends that nobody ended. */
function waitForEnd(children: Children): Promise<void> {
  return new Promise((resolve, reject) => {
    onSignal(
      () => {
        print('\n         stopping …')
        resolve()
      },
      () => {
        print('         not waiting any longer')
        children.killAll()
        process.exit(1)
      },
    )
    children.onDeath((child, how) => {
      const tail = readLogTail(child.logFile)
      reject(
        new StackError(
          `${child.name} ended by itself (${how}). The end of its log:\n${tail}`,
          `see ${child.logFile}; everything is stopped`,
        ),
      )
    })
  })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { recordProcesses } from './dead-runs.js'
import { type ProcessName, nameProcess } from './process-table.js'
import { StackError } from './stack-error.js'
import { SERVER_UID, isRoot, makeServerFolder } from './state.js'

/** What is stopped first (services, then nginx …) and what must outlive the others (storage). */
export type Layer = 'service' | 'server' | 'storage' | 'base'

const STOP_ORDER: readonly Layer[] = ['service', 'server', 'storage', 'base']

export type ChildOptions = {
  name: string
  command: string
  args: readonly string[]
  env?: Record<string, string>
  cwd?: string
  layer: Layer
  /** What asks it to shut down cleanly. */
  stopSignal: NodeJS.Signals
  /** What the kernel sends it when the launcher is killed; `stopSignal` unless said otherwise. */
  orphanSignal?: NodeJS.Signals
  /** Drop to the unprivileged uid when the launcher is root; true unless said otherwise. */
  drop?: boolean
  /** How long a clean stop may take before it is killed. */
  stopMs?: number
}

export type Child = {
  name: string
  pid: number
  logFile: string
  isRunning: () => boolean
  /** Resolves with the exit code or the name of the signal, in words. */
  exited: Promise<string>
  kill: (signal: NodeJS.Signals) => void
  stop: () => Promise<void>
}

export type Children = ReturnType<typeof createChildren>

/**
 * The child processes of one stack: starts them with dropped rights and a log file each, knows when
 * one dies that should not, and stops all in the right order.
 *
 * @param folder state folder; logs go to `logs/<name>.log` below it
 */
export function createChildren(folder: string) {
  const logs = makeServerFolder(join(folder, 'logs'), 0o755)
  const running = new Map<Child, Layer>()
  const names = new Map<Child, ProcessName>()
  let onDeath: (child: Child, how: string) => void = () => undefined
  let isStopping = false

  const record = (): void => {
    recordProcesses(folder, [...names.values()])
  }

  const start = (options: ChildOptions): Child => {
    // Somebody asked to end while the stack was still coming up.
    if (isStopping) throw new Error(`${options.name} is not started: the stack is stopping`)
    const child = startChild(options, rotateLog(logs, options.name), folder)
    running.set(child, options.layer)
    const name = nameProcess(child.pid)
    if (name) names.set(child, name)
    record()
    void child.exited.then((how) => {
      const wasWanted = running.delete(child) && !isStopping
      names.delete(child)
      if (!isStopping) record()
      if (wasWanted) onDeath(child, how)
    })
    return child
  }

  /** Stops one child on purpose: its death is not reported. */
  const release = (child: Child): void => {
    running.delete(child)
  }

  const stopAll = async (): Promise<void> => {
    isStopping = true
    for (const layer of STOP_ORDER) {
      const layerChildren = [...running].filter(([, of]) => of === layer).map(([child]) => child)
      await Promise.all(layerChildren.map((child) => child.stop()))
    }
    record()
  }

  return {
    start,
    release,
    stopAll,
    list: () => [...running.keys()],
    /** Ends everything at once; nothing is shut down cleanly. */
    killAll: () => {
      isStopping = true
      for (const child of running.keys()) child.kill('SIGKILL')
    },
    /** Called when a child ends that nobody stopped. One listener at a time. */
    onDeath: (listener: (child: Child, how: string) => void) => {
      onDeath = listener
    },
  }
}

/** Runs a program to its end with dropped rights; its error output is the message when it fails. */
export async function runOnce(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const [program, ...rest] = withRights({ command, args, signal: 'SIGTERM', drop: true })
  const child = spawn(program, rest, {
    env: baseEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
  const how = await exitOf(child)
  if (how === 'code 0') return output
  throw new Error(`${command} ended with ${how}: ${(errors || output).trim().slice(-600)}`)
}

/**
 * Waits until `isReady` says so, or fails with the end of the child's log when the child dies or
 * the time is over.
 */
export async function waitUntilReady(
  child: Child,
  isReady: () => Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await isReady().catch(() => false))) {
    if (!child.isRunning())
      throw startFailure(child, `${child.name} ended at start (${await child.exited})`)
    if (Date.now() > end)
      throw startFailure(child, `${child.name} is not ready after ${limitMs / 1000} s`)
    await sleep(25)
  }
}

/** The last lines of a log file, indented for a message. */
export function readLogTail(file: string, lines = 15): string {
  if (!existsSync(file)) return ''
  const all = readFileSync(file, 'utf8').trimEnd().split('\n')
  return all
    .slice(-lines)
    .map((line) => `    ${line.slice(0, 400)}`)
    .join('\n')
}

function startFailure(child: Child, message: string): StackError {
  return new StackError(
    `${message}; the end of its log:\n${readLogTail(child.logFile)}`,
    `see ${child.logFile}`,
  )
}

function startChild(options: ChildOptions, logFile: string, folder: string): Child {
  const { name, command, args, stopSignal, drop = true, stopMs = 15_000 } = options
  const signal = options.orphanSignal ?? stopSignal
  const [program, ...rest] = withRights({ command, args, signal, drop })
  const log = openSync(logFile, 'a', 0o644)
  // A process group of its own: Ctrl-C of the terminal reaches the launcher alone, which stops the
  // children in order, and a kill takes the helpers of a server with it.
  const child = spawn(program, rest, {
    env: options.env ?? baseEnvironment({}),
    cwd: options.cwd ?? folder,
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  const exited = exitOf(child)
  const pid = child.pid ?? -1
  const isAlive = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const self: Child = {
    name,
    pid,
    logFile,
    exited,
    isRunning: isAlive,
    kill: (wanted) => {
      if (isAlive()) signalChild(pid, wanted)
    },
    stop: async () => {
      if (!isAlive()) return
      signalChild(pid, stopSignal)
      const timer = setTimeout(() => {
        signalChild(pid, 'SIGKILL')
      }, stopMs)
      await exited
      clearTimeout(timer)
    },
  }
  return self
}

/** A kill ends the whole process group; every other signal is the business of the leader alone. */
function signalChild(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(signal === 'SIGKILL' ? -pid : pid, signal)
  } catch {
    // It ended a moment ago, which is what was wanted.
  }
}

type Rights = { command: string; args: readonly string[]; signal: NodeJS.Signals; drop: boolean }

/**
 * Puts `setpriv` in front: no privileges beyond the launcher's need, and a signal from the kernel
 * when the launcher dies, however it dies. Systems without it (macOS) get the bare command.
 */
export function withRights({ command, args, signal, drop }: Rights): [string, ...string[]] {
  if (process.platform !== 'linux') return [command, ...args]
  const uid = [`--reuid=${SERVER_UID}`, `--regid=${SERVER_UID}`, '--clear-groups']
  const dropped = [...uid, '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all']
  const pdeathsig = `--pdeathsig=${signal.replace('SIG', '')}`
  return ['setpriv', ...(drop && isRoot ? dropped : []), pdeathsig, command, ...args]
}

/** What every server gets: nothing of the caller's environment but the path and the language. */
export function baseEnvironment(env: Record<string, string>): Record<string, string> {
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
  return { PATH: path, LANG: 'C.UTF-8', ...env }
}

function rotateLog(logs: string, name: string): string {
  const file = join(logs, `${name}.log`)
  if (existsSync(file)) renameSync(file, join(logs, `${name}.previous.log`))
  return file
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message)
    })
    child.once('exit', (code, signal) => {
      resolve(signal ?? `code ${code ?? 0}`)
    })
  })
}

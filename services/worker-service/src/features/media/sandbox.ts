import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { Refusal } from './refusal.js'

/** What a program that decodes a stranger's bytes may use up. */
export type Limits = {
  cpuSeconds: number
  /** Address space; for programs of V8, which reserves far more than it uses, `dataBytes`. */
  addressBytes?: number
  dataBytes?: number
  /** The largest file it may write. */
  fileBytes: number
}

/** How programs are shut in: `bwrap` hides files and network, `unshare` the network, `limits` nothing. */
export type SandboxKind = 'bwrap' | 'unshare' | 'limits' | 'none'

export type Sandbox = {
  kind: SandboxKind
  /** The command line that runs `program` shut in, with `folder` as its only writable place. */
  commandFor: (program: string, options: { folder: string; limits: Limits }) => string[]
}

const PROBE_MS = 10_000
const PROBE_LIMITS: Limits = { cpuSeconds: 10, addressBytes: 2 ** 30, fileBytes: 2 ** 20 }
const STDOUT_BYTES = 4 * 1024 * 1024
const PATH = '/usr/local/bin:/usr/bin:/bin'
/** Programs and their libraries. No secrets, no sockets, no home, no /proc. */
const SYSTEM_FOLDERS = ['/usr', '/lib', '/lib64', '/lib32', '/bin', '/sbin', '/opt']
const SYSTEM_FILES = ['/etc/ld.so.cache', '/etc/alternatives']

const run = promisify(execFile)

/**
 * Finds the strongest way to shut programs in that works on this machine.
 *
 * @param probe A harmless command that shows whether a way works, such as `['ffmpeg', '-version']`.
 * @param readable Files and folders besides those of the system that programs may read.
 */
export async function openSandbox(
  probe: readonly [string, ...string[]],
  readable: readonly string[],
): Promise<Sandbox> {
  const [program, ...args] = probe
  for (const candidate of candidates([...readable, dirname(program)])) {
    const [command = '', ...rest] = candidate.commandFor(program, {
      folder: '/tmp',
      limits: PROBE_LIMITS,
    })
    const works = await run(command, [...rest, ...args], { timeout: PROBE_MS }).then(
      () => true,
      () => false,
    )
    if (works) return candidate
  }
  return { kind: 'none', commandFor: (name, { folder }) => [...cleanEnvironment(folder), name] }
}

function candidates(readable: readonly string[]): Sandbox[] {
  const shutIn = (kind: SandboxKind, wall: (folder: string) => string[]): Sandbox => ({
    kind,
    commandFor: (program, { folder, limits }) => [
      ...cleanEnvironment(folder),
      ...resourceLimits(limits),
      ...wall(folder),
      program,
    ],
  })
  // Each step replaces itself by the next, so that the process we started is the one to kill.
  const network = ['unshare', '--net', '--pid', '--fork', '--kill-child=KILL']
  const mapped = ['unshare', '--user', '--map-root-user', ...network.slice(1)]
  const dieWithUs = ['setpriv', '--pdeathsig', 'KILL']
  return [
    shutIn('bwrap', (folder) => bubble(folder, readable)),
    shutIn('unshare', () => [...dieWithUs, ...network]),
    shutIn('unshare', () => [...dieWithUs, ...mapped]),
    shutIn('limits', () => dieWithUs),
  ]
}

/** Nothing of ours, least of all secrets, is in the environment of a program that may be taken over. */
const cleanEnvironment = (folder: string): string[] => [
  'env',
  '-i',
  ...[`PATH=${PATH}`, `HOME=${folder}`, `TMPDIR=${folder}`, 'LANG=C'],
]

function resourceLimits(limits: Limits): string[] {
  const { cpuSeconds, addressBytes, dataBytes, fileBytes } = limits
  return [
    'prlimit',
    '--core=0',
    `--cpu=${cpuSeconds}`,
    `--fsize=${fileBytes}`,
    ...(addressBytes === undefined ? [] : [`--as=${addressBytes}`]),
    ...(dataBytes === undefined ? [] : [`--data=${dataBytes}`]),
  ]
}

function bubble(folder: string, readable: readonly string[]): string[] {
  const visible = [...SYSTEM_FOLDERS, ...SYSTEM_FILES, ...readable].flatMap((path) => [
    '--ro-bind-try',
    path,
    path,
  ])
  return [
    ...['bwrap', '--unshare-all', '--die-with-parent', '--new-session'],
    ...['--dir', '/tmp', ...visible, '--dev', '/dev'],
    ...['--bind', folder, folder, '--chdir', folder, '--'],
  ]
}

/**
 * Writes a script that runs a program shut in, for callers that can name a program but no arguments before its
 * own. The folder it may write is the one in which the script is started.
 *
 * @returns The path of the script.
 */
export async function writeLauncher(
  sandbox: Sandbox,
  launcher: { program: string; limits: Limits; path: string },
): Promise<string> {
  const { program, limits, path } = launcher
  const placeholder = '/@folder@'
  const words = sandbox
    .commandFor(program, { folder: placeholder, limits })
    .map((word) => `'${word.replaceAll("'", `'\\''`).replaceAll(placeholder, `'"$PWD"'`)}'`)
  await writeFile(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 })
  return path
}

/** One run of a program that is shut in. */
export type ShutInRun = {
  program: string
  args: readonly string[]
  folder: string
  limits: Limits
  timeoutMs: number
}

/**
 * Runs a program shut in and returns what it wrote to standard output (4 MiB at most).
 *
 * @throws Refusal `too_costly` when it was ended by a limit, `damaged` when it ended with a failure; Error when
 *   it could not be started.
 */
export async function runShutIn(sandbox: Sandbox, shutIn: ShutInRun): Promise<string> {
  const { program, args, folder, limits, timeoutMs } = shutIn
  const [command = '', ...rest] = sandbox.commandFor(program, { folder, limits })
  const child = spawn(command, [...rest, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  try {
    const { code, signal } = await ended(child)
    if (code === 0) return output.stdout()
    throw failureOf({ code, signal }, output.stderr())
  } finally {
    clearTimeout(timer)
  }
}

/** 128 + the signal is how bwrap and unshare report the end of what they ran. */
const LIMIT_CODES = [137, 152, 153, 134, 139]

/**
 * What the end of a program that is shut in says about the file it was given.
 *
 * @param stderr The end of what it wrote; it goes to the log of a failure, not to clients.
 */
export function failureOf(
  end: { code: number | null; signal: NodeJS.Signals | null },
  stderr: string,
): Error {
  const cause = new Error(`ended with ${end.signal ?? `code ${end.code ?? '?'}`}: ${stderr}`)
  if (OUR_FAULT.test(stderr) || end.code === 126 || end.code === 127) return cause
  if (end.signal !== null || LIMIT_CODES.includes(end.code ?? 0) || isOutOfMemory(stderr)) {
    return new Refusal('too_costly', { cause })
  }
  return new Refusal('damaged', { cause })
}

/** A full disk, or a wall that could not be built. */
const OUR_FAULT = /No space left|ENOSPC|^(?:bwrap|unshare|prlimit|setpriv|env): /m

const isOutOfMemory = (stderr: string): boolean =>
  /Cannot allocate memory|out of memory|Out of memory|File size limit/.test(stderr)

const ended = (
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code, signal })
    })
  })

function collect(child: ChildProcess): { stdout: () => string; stderr: () => string } {
  const chunks: Buffer[] = []
  let bytes = 0
  let tail = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > STDOUT_BYTES) child.kill('SIGKILL')
    else chunks.push(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('latin1')).slice(-2000)
  })
  return { stdout: () => Buffer.concat(chunks).toString('utf8'), stderr: () => tail }
}

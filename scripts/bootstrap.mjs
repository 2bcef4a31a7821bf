// Plain JavaScript without dependencies: what runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const PNPM = 'pnpm@10.34.9'
const STAMP = join(ROOT, 'node_modules/.sup-installed')
const SETPRIV = '/usr/bin/setpriv'

/**
 * Checks Node, installs dependencies when they changed, runs a TypeScript program of the project and
 * ends with its exit code.
 *
 * @param {string} program path below the checkout
 * @param {string[]} [args] arguments of the program; those of this process unless given
 */
export async function launch(program, args = process.argv.slice(2)) {
  checkNode()
  await installDependencies()
  runProgram([join(ROOT, program), ...args])
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`SUP needs Node 20.19 or newer; this is ${process.version}. Get one from https://nodejs.org`)
}

/**
 * Runs the pinned pnpm when the lockfile or a package.json differs from what was installed last.
 * SUP_SKIP_INSTALL=1 trusts what is there.
 */
async function installDependencies() {
  const wanted = fingerprint()
  if (process.env.SUP_SKIP_INSTALL === '1' || read(STAMP) === wanted) return
  const release = await takeInstallLock()
  try {
    if (read(STAMP) === wanted) return
    console.error('Installing dependencies …')
    // Standard output belongs to the program (`npm run -s sup -- … --json`).
    const command = [
      '-y',
      PNPM,
      'install',
      '--frozen-lockfile',
      '--config.confirm-modules-purge=false',
    ]
    const { status } = spawnSync('npx', command, { cwd: ROOT, stdio: ['ignore', 2, 2] })
    if (status !== 0) fail(`Installing failed. Try it by hand: npx ${command.join(' ')}`)
    writeFileSync(STAMP, wanted)
  } finally {
    release()
  }
}

function fingerprint() {
  const hash = createHash('sha256').update(process.versions.modules)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...listPackageFiles()]) {
    hash.update(`${file}\0${read(join(ROOT, file)) ?? ''}\0`)
  }
  return hash.digest('hex')
}

function listPackageFiles() {
  const folders = ['packages', 'services', 'clients'].flatMap((group) => {
    const path = join(ROOT, group)
    return existsSync(path) ? readdirSync(path).map((name) => join(group, name)) : []
  })
  return ['.', 'tests', ...folders].map((folder) => join(folder, 'package.json')).sort()
}

/** Two commands started together on a fresh clone must not install into the same folder at once. */
async function takeInstallLock() {
  mkdirSync(join(ROOT, 'node_modules'), { recursive: true })
  const file = join(ROOT, 'node_modules/.sup-installing')
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const holder = Number(read(file))
      if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function runProgram(args) {
  // By its address, because the program may be run from any folder.
  const tsx = import.meta.resolve('tsx')
  const node = [process.execPath, '--conditions=sup-source', '--import', tsx, ...args]
  // When this process is killed the kernel tells the program, which then ends its own children.
  const command = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig=TERM', ...node] : node
  const child = spawn(command[0], command.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // The terminal sends Ctrl-C to both of us; the program must not get it twice.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  followNpm(child)
  child.once('error', (error) => fail(error.message))
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal])
  })
}

/** A killed npm leaves this process to another parent without a word. */
function followNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM')
  }, 500).unref()
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

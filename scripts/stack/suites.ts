import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CHECKOUT } from './state.js'

/** The tests of one folder, run as one jest process. */
export type Suite = { name: string; folder: string; files: string[] }

/** The groups in the order in which they build on each other; new folders come after the named. */
const ORDER = [
  ...['packages/types', 'packages/service-kit', 'packages/crypto', 'packages/sdk'],
  ...['packages/testkit', 'services/main-api', 'services/websocket-service'],
  ...['services/media-service', 'services/worker-service', 'services/chat-gateway', 'clients/cli'],
  ...['scripts', 'tests/architecture', 'tests/e2e', 'tests/faults'],
]

const SKIPPED = new Set(['node_modules', 'dist', '.git', 'coverage'])

/** Every folder of the checkout that is a suite and has tests, in the order to run them. */
export function findSuites(root = CHECKOUT): Suite[] {
  const groups = ['packages', 'services', 'clients', 'tests']
  const folders = [...groups.flatMap((group) => listFolders(root, group)), 'scripts']
  return folders
    .map((folder) => ({ name: nameOf(folder), folder, files: findTests(join(root, folder)) }))
    .filter(({ files }) => files.length > 0)
    .sort((a, b) => rank(a.folder) - rank(b.folder) || a.folder.localeCompare(b.folder))
}

/** All test files below a folder, in a stable order. */
export function findTests(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : findTests(path)
      return entry.name.endsWith('.test.ts') ? [path] : []
    })
    .sort()
}

/** The suite of a folder that a person named, such as `services/main-api` or a folder inside it. */
export function suiteOf(folder: string): Suite {
  const path = relative(CHECKOUT, folder)
  return { name: path === '' ? 'all' : path, folder: path, files: findTests(folder) }
}

function listFolders(root: string, group: string): string[] {
  const path = join(root, group)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !SKIPPED.has(entry.name))
    .map((entry) => join(group, entry.name))
}

function nameOf(folder: string): string {
  return folder.split('/').at(-1) ?? folder
}

function rank(folder: string): number {
  const at = ORDER.indexOf(folder)
  return at < 0 ? ORDER.length : at
}

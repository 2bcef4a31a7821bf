import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type SourceFile = { path: string; text: string }

const SKIPPED = new Set(['node_modules', 'dist', '.git'])

/** The paths of all files below some folders of the repository, without what is installed or built. */
export function listPaths(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      if (SKIPPED.has(entry.name)) return []
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? listPaths(path) : [path]
    }),
  )
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The TypeScript that runs in production below some folders: no tests, nothing that serves them. */
export function readProduction(...folders: string[]): SourceFile[] {
  return listPaths(...folders)
    .filter((path) => /\/src\/.*\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => ({ path, text: readText(path) }))
}

/** Names of the folders directly below one. */
export function listFolders(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !SKIPPED.has(entry.name))
    .map(({ name }) => name)
}

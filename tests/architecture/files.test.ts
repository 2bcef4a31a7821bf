import { describe, expect, it } from '@jest/globals'
import { listFolders, listPaths, readText } from './tree.js'

const MOST_LINES = 300
const SOURCE = /\.(ts|tsx|mts|js|mjs|cjs|sh|lua|css|html|conf)$/

const all = listPaths('.').filter((path) => SOURCE.test(path))

describe('a source file', () => {
  it('has at most 300 lines', () => {
    expect(all.length).toBeGreaterThan(100)
    const long = all
      .map((path) => [path, readText(path).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > MOST_LINES)
    expect(long).toEqual([])
  })

  it('names no folder of a single machine', () => {
    const machine = ['/work', 'main'].join('/')
    expect(all.filter((path) => readText(path).includes(`${machine}/`))).toEqual([])
  })
})

describe('a package', () => {
  const required = [
    ...listFolders('services').map((name) => [`services/${name}`, 'dev build start test'] as const),
    ...listFolders('packages').map((name) => [`packages/${name}`, 'build test'] as const),
    ...listFolders('clients').map((name) => [`clients/${name}`, 'build test'] as const),
    ['tests', 'test'] as const,
    ['.', 'start test load demo sup console build dev lint types arrows check'] as const,
  ]

  it.each(required)('%s has the scripts %s', (folder, names) => {
    const { scripts = {} } = JSON.parse(readText(`${folder}/package.json`)) as {
      scripts?: Record<string, string>
    }
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names.split(' ')))
  })

  it.each(required.map(([folder]) => folder))('%s is free software and not published', (folder) => {
    expect(JSON.parse(readText(`${folder}/package.json`))).toMatchObject({
      license: 'AGPL-3.0-only',
      private: true,
    })
  })
})

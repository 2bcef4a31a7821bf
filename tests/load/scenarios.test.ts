import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')

/** The paths of a scenario with a placeholder for what is filled in, and the events it emits. */
function stepsOf(text: string): { paths: string[]; events: string[] } {
  const plain = text
    .replaceAll('${api}', '/api/v1')
    .replace(/\$\{\w+\}|\{\{ \w+ \}\}/g, ':x')
    .replace(/\?limit=\d+/g, '')
  const paths = [...plain.matchAll(/\/api\/v1\/[\w/:]+/g)].map(([path]) => path)
  const events = ['message', 'delivered'].filter((name) => plain.includes(name))
  return { paths: [...new Set(paths)].sort(), events }
}

describe('the scenarios for other load tools', () => {
  it('are the same for Artillery and k6', () => {
    const artillery = stepsOf(read('artillery.yml'))
    expect(stepsOf(read('k6.js'))).toEqual(artillery)
    expect(artillery.paths).toContain('/api/v1/messages/chat/:x')
    expect(artillery.events).toEqual(['message', 'delivered'])
  })

  it('k6 could read its script', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sup-k6-'))
    const copy = join(folder, 'k6.mjs')
    copyFileSync(new URL('k6.js', import.meta.url), copy)
    try {
      execFileSync(process.execPath, ['--check', copy], { stdio: 'pipe' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

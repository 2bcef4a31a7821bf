import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { createManualClock } from '../../test/manual-clock.js'
import { fullJitter } from './chance.js'
import { createEmitter } from './emitter.js'
import { createUuids } from './uuid.js'

describe('UUIDs', () => {
  it('are of version 7 and sort by creation, also within a millisecond and when the clock steps back', () => {
    let now = 1_700_000_000_000
    const newId = createUuids({ ...createManualClock(), now: () => now })
    const ids = Array.from({ length: 10_000 }, (_, i) => {
      if (i === 5000) now -= 60_000
      return newId()
    })
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids.slice(0, 10)) {
      expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  })
})

describe('full jitter', () => {
  it('lies between nothing and a ceiling that doubles up to the longest wait', () => {
    for (const [attempt, ceiling] of [
      [0, 500],
      [3, 4000],
      [6, 30_000],
      [1000, 30_000],
    ] as const) {
      const waits = Array.from({ length: 500 }, () => fullJitter(attempt))
      expect(Math.max(...waits)).toBeLessThanOrEqual(ceiling)
      expect(Math.max(...waits)).toBeGreaterThan(ceiling * 0.8)
      expect(Math.min(...waits)).toBeLessThan(ceiling * 0.2)
    }
  })
})

describe('an emitter', () => {
  it('tells every listener, also when one fails or leaves', () => {
    const warnings: string[] = []
    const log = { debug: () => undefined, warn: (text: string) => void warnings.push(text) }
    const emitter = createEmitter<{ tick: number }>(log)
    const heard: string[] = []
    const leave = emitter.on('tick', (n) => {
      heard.push(`a${String(n)}`)
      leave()
    })
    emitter.on('tick', () => {
      throw new Error('broken')
    })
    emitter.on('tick', (n) => heard.push(`c${String(n)}`))
    emitter.emit('tick', 1)
    emitter.emit('tick', 2)
    expect(heard).toEqual(['a1', 'c1', 'c2'])
    expect(warnings).toHaveLength(2)
  })
})

describe('the main entry', () => {
  it('imports nothing of Node, directly or not', () => {
    const seen = new Set<string>()
    const outside = new Set<string>()
    const visit = (path: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(
        /(?:from|import\() ?'([^']+)'/g,
      )) {
        if (name.startsWith('.')) visit(join(dirname(path), name.replace(/\.js$/, '.ts')))
        else outside.add(name)
      }
    }
    visit(fileURLToPath(new URL('../index.ts', import.meta.url)))
    expect(seen.size).toBeGreaterThan(30)
    expect([...outside].sort()).toEqual(['@sup/types', 'socket.io-client', 'zod'])
  })
})
